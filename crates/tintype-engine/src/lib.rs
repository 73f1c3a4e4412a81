//! Runs a Plan: builds in parallel, provisioners, post-processors, cleanup. Knows no template language.
