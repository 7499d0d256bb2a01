"""What the commands show: facts arranged as tables, a module for each command; the tables of the brief wherever it has them."""
