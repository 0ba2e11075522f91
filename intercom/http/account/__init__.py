"""`/account`: what everybody sets for themselves, whatever they are at a site."""
