//! The fixer for the powershell provisioner, which escapes what is special by itself now.

use super::Fixer;
use super::template::Template;
use super::value::Value;

pub(super) const ESCAPES: Fixer = Fixer {
    name: "powershell-escapes",
    about: "back-tick escapes in elevated_user, elevated_password and environment_vars are undone",
    apply: escapes,
};

fn escapes(template: &mut Template) -> Result<(), String> {
    for provisioner in template.provisioners_of("powershell") {
        for key in ["elevated_user", "elevated_password"] {
            if let Some(Value::Text(text)) = provisioner.get_mut(key) {
                *text = unescaped(text);
            }
        }
        if let Some(Value::List(variables)) = provisioner.get_mut("environment_vars") {
            for variable in variables {
                if let Value::Text(text) = variable {
                    *text = unescaped(text);
                }
            }
        }
    }
    Ok(())
}

fn unescaped(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let escaped = chars.next_if(|next| c == '`' && matches!(next, '$' | '"' | '`' | '\''));
        plain.push(escaped.unwrap_or(c));
    }
    plain
}
