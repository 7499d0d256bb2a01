"""Mathematics, named as mathematicians name it: arrays in, frozen results out. It knows no case and no table."""
