"""What Explore computes of one text beside its trace."""
