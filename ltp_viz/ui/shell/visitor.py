"""Visitor tokens: in a public app, each session has a secret token for the jobs that it shares with
others."""

import secrets

import streamlit as st

from ltp_viz.ui.shell.access import access

_KEY = "visitor"


def visitor() -> str | None:
    """The token of this session in a public app; None in a private one, where every session may cancel any
    job."""
    if not access().is_public:
        return None
    token: str = st.session_state.setdefault(_KEY, secrets.token_hex(16))
    return token
