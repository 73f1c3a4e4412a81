//! `#[derive(Config)]`: one struct of options gives its schema and its decoder. Knows syntax only: what an attribute means and
//! how values convert is tintype-schema's.

mod attrs;
mod config;

use proc_macro::TokenStream;

/// Implements `tintype_schema::Config` for a struct with named fields.
///
/// Doc comments become the help of the component and of its options. On the struct:
///
/// | attribute | meaning |
/// |---|---|
/// | `#[config(name = "shell")]` | name in the manual; otherwise the struct's |
/// | `#[config(retired("iso_md5"))]` | names that were options once: old JSON templates are pointed to `fix` |
/// | `#[config(unchecked)]` | there is nothing to check beyond kinds: implements an empty `Check` |
///
/// On a field:
///
/// | attribute | meaning |
/// |---|---|
/// | `flatten` | the options of another struct, at this level |
/// | `block` | a nested block: `T`, `Option<T>` or, repeated, `Vec<T>` |
/// | `required` | must be set |
/// | `default = "5m"` | value when absent or empty (a bool: when absent), as a user would write it; lists and maps as JSON |
/// | `name = "type"` | the name in a template, otherwise the field's |
/// | `aliases("old")` | older names |
/// | `template = "Path, Vars"` | a Go template that the component renders later with these data |
/// | `values("a", "b")` | the sensible values, for manuals and editors |
/// | `sensitive` | the value is a secret |
/// | `deprecated = "use x"` | using it gives a warning |
/// | `key = "no"` | part in cache keys: `no`, `file`, `tree`, `secret`, `finish`; otherwise its text |
#[proc_macro_derive(Config, attributes(config))]
pub fn derive_config(input: TokenStream) -> TokenStream {
    let input = syn::parse_macro_input!(input as syn::DeriveInput);
    config::expand(&input).unwrap_or_else(syn::Error::into_compile_error).into()
}

#[cfg(test)]
mod tests;
