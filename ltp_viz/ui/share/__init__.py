"""What the server makes of a link to Explore without a session: its preview picture, and a page to embed."""
