"""What was found and what it cost: frames, statistics, tables, figures and the report."""
