//! The HCL configuration language: lexer, recovering parser, JSON form, evaluator, decoder.
