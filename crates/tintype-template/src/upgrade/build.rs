//! The build: what is done on every source.

use std::time::Duration;

use diag::Diagnostics;
use tintype_schema::GoDuration;

use super::body::{Body, Texts, expression};
use super::calls::{Failure, Place};
use super::names::{Names, key};
use super::text::quoted;
use super::{Work, values};
use crate::fix::value::{Object, Value};
use crate::json::document::{Document, Filter, PostProcessor, Provisioner};

/// The `build` block.
pub(super) fn write(document: &Document, work: &mut Work<'_>) -> Result<String, Diagnostics> {
    let mut build = "build {\n".to_owned();
    if !document.description.is_empty() {
        build.push_str(&format!("description = {}\n\n", quoted(&document.description)));
    }
    let sources = work.calls.names.sources().iter();
    let sources: Vec<_> =
        sources.map(|source| quoted(&format!("source.{}.{}", source.ty, source.name))).collect();
    build.push_str(&format!("sources = [{}]\n\n", sources.join(", ")));
    for step in &document.provisioners {
        build.push_str(&provisioner("provisioner", step, work)?);
        build.push('\n');
    }
    if let Some(step) = &document.error_cleanup {
        build.push_str(&provisioner("error-cleanup-provisioner", step, work)?);
        build.push('\n');
    }
    for chain in document.chains.iter().filter(|chain| !chain.is_empty()) {
        build.push_str(&self::chain(chain, work)?);
    }
    build.push_str("}\n");
    Ok(build)
}

fn provisioner(word: &str, step: &Provisioner, work: &mut Work<'_>) -> Result<String, Diagnostics> {
    let mut options = values(&step.options)?;
    filter(&step.filter, work.calls.names, &mut options);
    if let Some((count, _)) = &step.max_retries {
        options.insert("max_retries".to_owned(), Value::from(&**count));
    }
    for (key, duration) in [("pause_before", step.pause_before), ("timeout", step.timeout)] {
        if duration > Duration::ZERO {
            options.insert(key.to_owned(), go_text(duration).into());
        }
    }
    let overrides = values(&step.overrides)?;
    let overrides: Vec<_> = overrides
        .iter()
        .map(|(builder, value)| {
            let source = work.calls.names.source(builder).map_or(builder.as_str(), |source| &source.name);
            (key(source), builder.as_str(), value)
        })
        .collect();
    Ok(work.block(Place::Elsewhere, |texts, out| {
        let mut ready = Vec::new();
        if !overrides.is_empty() {
            let mut text = "{\n".to_owned();
            for (source, builder, value) in &overrides {
                text.push_str(&format!("{source} = "));
                expression(value, Some(builder), texts, &mut text)?;
                text.push('\n');
            }
            ready.push(("override", text + "}"));
        }
        out.push_str(&format!("{word} {} {{\n", quoted(&step.ty)));
        Body { options: &options, ready }.write(texts, out)?;
        out.push_str("}\n");
        Ok(())
    }))
}

/// Post-processors that work one after the other; one alone needs no block around it.
fn chain(chain: &[PostProcessor], work: &mut Work<'_>) -> Result<String, Diagnostics> {
    let mut steps = Vec::with_capacity(chain.len());
    for step in chain {
        let mut options = values(&step.options)?;
        filter(&step.filter, work.calls.names, &mut options);
        if step.name != step.ty {
            options.insert("name".to_owned(), Value::from(&*step.name));
        }
        steps.push((step, options));
    }
    Ok(work.block(Place::Elsewhere, |texts, out| {
        if steps.len() > 1 {
            out.push_str("post-processors {\n");
        }
        for (step, options) in &steps {
            post_processor(step, options, texts, out)?;
        }
        if steps.len() > 1 {
            out.push_str("}\n");
        }
        Ok(())
    }))
}

fn post_processor(
    step: &PostProcessor,
    options: &Object,
    texts: Texts<'_>,
    out: &mut String,
) -> Result<(), Failure> {
    out.push_str(&format!("post-processor {} {{\n", quoted(&step.ty)));
    if let Some(keep) = step.keep_input {
        out.push_str(&format!("keep_input_artifact = {keep}\n"));
    }
    Body { options, ready: Vec::new() }.write(texts, out)?;
    out.push_str("}\n");
    Ok(())
}

/// For which sources something is: builders go by their names alone, sources by type and name.
fn filter(filter: &Filter, names: &Names, options: &mut Object) {
    for (key, builders) in [("only", &filter.only), ("except", &filter.except)] {
        let sources = builders.iter().map(|(builder, _)| match names.source(builder) {
            Some(source) => Value::from(format!("{}.{}", source.ty, source.name)),
            None => Value::from(&**builder),
        });
        let sources: Vec<Value> = sources.collect();
        if !sources.is_empty() {
            options.insert(key.to_owned(), Value::List(sources));
        }
    }
}

fn go_text(duration: Duration) -> String {
    GoDuration::from_nanos(i64::try_from(duration.as_nanos()).unwrap_or(i64::MAX)).to_string()
}
