"""A minimal Streamlit app with a slider: the lower bound of Explore's latency."""

import streamlit as st

value = st.slider("scale", 0.0, 3.0, value=1.0, step=0.05)
st.html(f'<p class="value">{value}</p>')
