"""The page and the plots of a comparison."""
