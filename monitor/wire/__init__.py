"""How facts get here from a server: the component link and the sources that speak over it."""
