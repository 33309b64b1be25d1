"""Short programs in the styles of people of different trades; see `test_authors`."""
