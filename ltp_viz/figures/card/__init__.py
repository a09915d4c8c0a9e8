"""The picture of a link: one run of one text, as social networks and messengers show it."""
