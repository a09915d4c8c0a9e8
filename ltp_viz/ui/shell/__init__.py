"""What every page stands in: set-up, navigation, links, access, server."""
