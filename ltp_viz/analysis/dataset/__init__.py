"""A model over a labelled data set: `runs` computes and stores, `results` reads the stored rows."""
