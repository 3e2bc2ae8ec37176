"""What was paid: the price of a gradient and where it turns the order, and an audit of each run."""
