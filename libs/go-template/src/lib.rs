//! Go's text/template over our values: parse, check, render.
