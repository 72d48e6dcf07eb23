"""The page: one file of HTML, a few of CSS and small modules, sent as they are kept."""
