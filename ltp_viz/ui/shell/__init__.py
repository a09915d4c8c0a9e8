"""What every page shares: set-up, navigation, links, access, caches, server."""
