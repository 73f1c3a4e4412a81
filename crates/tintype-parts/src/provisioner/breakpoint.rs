//! Provisioner `breakpoint`: waits for the person at the terminal.

use tintype_schema::{At, Config};
use tintype_sdk::{Cx, Error, Machine, NoAnswer, PrepareCx, ProvisionWith, Result};

/// Stops the build until somebody presses enter, to look at the machine in the middle of the work. Fails without a terminal.
#[derive(Config)]
#[config(name = "breakpoint", unchecked)]
pub(crate) struct BreakpointConfig {
    /// A text that is shown, to tell this breakpoint from others.
    #[config(key = "no")]
    note: String,
    /// Goes on without a stop. For breakpoints that stay in a template.
    #[config(key = "no")]
    disable: bool,
}

/// A prepared `breakpoint`.
pub(crate) struct Breakpoint(BreakpointConfig);

impl ProvisionWith for Breakpoint {
    type Config = BreakpointConfig;

    fn prepare(config: BreakpointConfig, _: &PrepareCx, _: &mut At<'_>) -> Self {
        Self(config)
    }

    async fn provision(&self, _: &Machine, cx: &Cx) -> Result<()> {
        let BreakpointConfig { note, disable } = &self.0;
        let which = if note.is_empty() { String::new() } else { format!(" with note \"{note}\"") };
        if *disable {
            cx.say(format!("Breakpoint provisioner{which} disabled; continuing..."));
            return Ok(());
        }
        cx.say(format!("Pausing at breakpoint provisioner{which}."));
        match cx.ask("Press enter to continue.").await {
            Ok(_) => Ok(()),
            Err(NoAnswer::Interrupted) => Err(Error::cancelled()),
            Err(why) => Err(Error::environment(format!("Error asking for input: {why}"))
                .hint("Set disable = true where nobody is at the terminal.")),
        }
    }
}
