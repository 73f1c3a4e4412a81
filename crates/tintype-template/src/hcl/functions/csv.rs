//! Tables with commas.

use std::collections::BTreeMap;
use std::sync::Arc;

use cty::{Type, Value};
use hcl::{Function, FunctionError};

use super::args::text;

pub(super) fn functions() -> Vec<Function> {
    vec![
        Function::new("csvdecode", Type::Dynamic, |args, _| {
            table(text(args, 0)?).map_err(FunctionError::call)
        })
        .doc("The rows of a table with commas as objects of strings, by the names in its first line.")
        .param("text", Type::String)
        .examples(&[(r#"csvdecode("a,b\n1,2\n3,\"x, y\"\n")[1].b"#, "x, y")]),
    ]
}

fn table(text: &str) -> Result<Value, String> {
    let mut rows = Rows { rest: text, line: 1 };
    let (_, names) =
        rows.next_row()?.ok_or("the text is empty; its first line must have the names of the columns")?;
    let mut seen = BTreeMap::new();
    for (index, name) in names.iter().enumerate() {
        if let Some(first) = seen.insert(name.clone(), index) {
            return Err(format!("the columns {} and {} have the same name {name:?}", first + 1, index + 1));
        }
    }
    let names: Vec<Arc<str>> = names.into_iter().map(Arc::from).collect();
    let row_type = Type::object(names.iter().map(|name| (Arc::clone(name), Type::String)));
    let mut objects = Vec::new();
    while let Some((line, fields)) = rows.next_row()? {
        if fields.len() != names.len() {
            return Err(format!(
                "line {line} has {} fields, but there are {} columns",
                fields.len(),
                names.len()
            ));
        }
        let row = names.iter().cloned().zip(fields.into_iter().map(Value::string)).collect();
        objects.push(Value::object(row));
    }
    Ok(Value::list(row_type, objects))
}

struct Rows<'t> {
    rest: &'t str,
    /// From 1.
    line: usize,
}

impl Rows<'_> {
    /// The next row that is not blank, with the line where it begins.
    fn next_row(&mut self) -> Result<Option<(usize, Vec<String>)>, String> {
        while let Some(after) = self.rest.strip_prefix("\r\n").or(self.rest.strip_prefix('\n')) {
            self.rest = after;
            self.line += 1;
        }
        if self.rest.is_empty() {
            return Ok(None);
        }
        let start = self.line;
        let mut fields = Vec::new();
        loop {
            let field = match self.rest.strip_prefix('"') {
                Some(after) => self.quoted(after)?,
                None => self.bare()?,
            };
            fields.push(field);
            match self.rest.strip_prefix(',') {
                Some(after) => self.rest = after,
                None => break,
            }
        }
        self.rest = self.rest.strip_prefix('\r').filter(|after| after.starts_with('\n')).unwrap_or(self.rest);
        if let Some(after) = self.rest.strip_prefix('\n') {
            self.rest = after;
            self.line += 1;
        }
        Ok(Some((start, fields)))
    }

    fn bare(&mut self) -> Result<String, String> {
        let end = self.rest.find([',', '\n']).unwrap_or(self.rest.len());
        let (field, after) = self.rest.split_at(end);
        let field = if after.starts_with(',') { field } else { field.strip_suffix('\r').unwrap_or(field) };
        if field.contains('"') {
            return Err(format!(
                "line {}: a field with a double quote in it must be in double quotes",
                self.line
            ));
        }
        self.rest = after;
        Ok(field.into())
    }

    fn quoted(&mut self, mut rest: &str) -> Result<String, String> {
        let start = self.line;
        let mut field = String::new();
        loop {
            let Some((part, after)) = rest.split_once('"') else {
                return Err(format!("line {start}: a double quote is not closed"));
            };
            self.line += part.matches('\n').count();
            field.push_str(part);
            rest = after;
            match rest.strip_prefix('"') {
                Some(after) => {
                    field.push('"');
                    rest = after;
                }
                None => break,
            }
        }
        let ends = rest.is_empty() || rest.starts_with([',', '\n']) || rest.starts_with("\r\n");
        if !ends {
            return Err(format!(
                "line {}: after a closing double quote a comma or the end of the line is required",
                self.line
            ));
        }
        self.rest = self.rest.get(self.rest.len() - rest.len()..).unwrap_or_default();
        Ok(field.replace("\r\n", "\n"))
    }
}
