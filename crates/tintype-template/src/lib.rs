//! The compiler: templates and variables in, a Plan out. Starts nothing itself.
