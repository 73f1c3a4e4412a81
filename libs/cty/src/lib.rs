//! Values and types of configuration languages: unknowns, marks, conversion, 512-bit numbers.
