//! The code that `#[derive(Config)]` writes: a static schema and one call a field. Attributes are read in [`crate::attrs`].

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;
use syn::{Data, DeriveInput, Field, Fields, LitStr};

use crate::attrs::{self, FieldAttrs, KEY_ROLES};

pub fn expand(input: &DeriveInput) -> syn::Result<TokenStream> {
    let name = &input.ident;
    let Data::Struct(data) = &input.data else {
        return Err(syn::Error::new_spanned(name, "Config can be derived for a struct only"));
    };
    let Fields::Named(fields) = &data.fields else {
        return Err(syn::Error::new_spanned(name, "Config needs named fields: the names are the options"));
    };
    if !input.generics.params.is_empty() {
        return Err(syn::Error::new_spanned(
            &input.generics,
            "Config cannot be derived for a generic struct",
        ));
    }
    let on_struct = attrs::of_struct(&input.attrs)?;

    let (mut schema, mut reads) = (Vec::new(), Vec::new());
    let mut errors: Option<syn::Error> = None;
    for field in &fields.named {
        match attrs::of_field(field) {
            Ok(attrs) => {
                schema.push(schema_of(field, &attrs));
                reads.push(read_of(field, &attrs));
            }
            // All mistakes of a struct at once, as the derived code does it for its users.
            Err(error) => match &mut errors {
                Some(errors) => errors.combine(error),
                None => errors = Some(error),
            },
        }
    }
    if let Some(errors) = errors {
        return Err(errors);
    }

    let shown = on_struct.name.map_or_else(|| name.to_string(), |name| name.value());
    let doc = on_struct.doc;
    let retired = on_struct.retired;
    let check = on_struct.unchecked.then(|| {
        quote! {
            #[automatically_derived]
            impl ::tintype_schema::Check for #name {}
        }
    });
    Ok(quote! {
        #[automatically_derived]
        impl ::tintype_schema::Config for #name {
            fn schema() -> &'static ::tintype_schema::Schema {
                static SCHEMA: ::std::sync::LazyLock<::tintype_schema::Schema> = ::std::sync::LazyLock::new(|| {
                    let mut schema = ::tintype_schema::Schema::new(#shown, #doc);
                    schema.retired = ::std::vec![#(#retired.into()),*];
                    schema #(#schema)*
                });
                &SCHEMA
            }

            fn read(reader: &mut ::tintype_schema::Reader<'_>) -> Self {
                Self { #(#reads),* }
            }
        }
        #check
    })
}

/// `.with(field)` or `.flatten(schema)`.
fn schema_of(field: &Field, attrs: &FieldAttrs) -> TokenStream {
    let ty = &field.ty;
    if attrs.flatten {
        return quote! { .flatten(<#ty as ::tintype_schema::Config>::schema()) };
    }
    let (name, doc) = (&attrs.name, &attrs.doc);
    let kind = if attrs.block { quote!(BlockSetting) } else { quote!(Setting) };
    let (required, sensitive, object) = (attrs.required, attrs.sensitive, attrs.object);
    let default = option(attrs.default.as_ref());
    let deprecated = option(attrs.deprecated.as_ref());
    let template = option(attrs.template.as_ref());
    let (aliases, values) = (&attrs.aliases, &attrs.values);
    let key = attrs
        .key
        .as_ref()
        .and_then(|key| KEY_ROLES.iter().find(|(name, _)| *name == key.value()))
        .map_or("Text", |(_, variant)| variant);
    // A secret must not be found in a key by its text unless somebody says so.
    let key = if attrs.key.is_none() && attrs.sensitive { "Secret" } else { key };
    let key = Ident::new(key, Span::call_site());
    quote! {
        .with(::tintype_schema::Field {
            doc: #doc.into(),
            required: #required,
            default: #default,
            sensitive: #sensitive,
            deprecated: #deprecated,
            aliases: ::std::vec![#(#aliases.into()),*],
            template: #template,
            values: ::std::vec![#(#values.into()),*],
            key: ::tintype_schema::KeyRole::#key,
            object: #object,
            ..::tintype_schema::Field::new(#name, <#ty as ::tintype_schema::#kind>::kind())
        })
    }
}

/// `field: reader.setting("field")`.
fn read_of(field: &Field, attrs: &FieldAttrs) -> TokenStream {
    let (ident, name) = (&field.ident, &attrs.name);
    if attrs.flatten {
        quote! { #ident: reader.config() }
    } else if attrs.block {
        quote! { #ident: reader.block(#name) }
    } else {
        quote! { #ident: reader.setting(#name) }
    }
}

fn option(text: Option<&LitStr>) -> TokenStream {
    match text {
        Some(text) => quote! { ::std::option::Option::Some(#text.into()) },
        None => quote! { ::std::option::Option::None },
    }
}
