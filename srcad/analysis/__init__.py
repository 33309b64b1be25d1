"""Steps 3 and 4: what is known of a program before its derivative is written."""
