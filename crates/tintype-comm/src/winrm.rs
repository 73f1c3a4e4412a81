//! The options of a connection by WinRM and their rules. Connecting is not done here.

use tintype_schema::{At, Config, GoDuration};

/// How a Windows machine is reached by WinRM.
#[derive(Config, Clone, Debug, Default)]
#[config(name = "winrm", unchecked)]
pub struct WinRmConfig {
    /// User to log in as. Must be set for `communicator = "winrm"`.
    pub winrm_username: String,
    /// Password to log in with.
    #[config(sensitive)]
    pub winrm_password: String,
    /// Host name or address to connect to. Most builders find it out by themselves.
    pub winrm_host: String,
    /// Connects directly, whatever proxy the environment names.
    #[config(key = "no")]
    pub winrm_no_proxy: bool,
    /// Port to connect to. The default is 5985, with `winrm_use_ssl` 5986.
    #[config(key = "no")]
    pub winrm_port: u16,
    /// How long to wait for the machine to answer and let us in.
    #[config(default = "30m", key = "no")]
    pub winrm_timeout: GoDuration,
    /// Connects by HTTPS.
    #[config(key = "no")]
    pub winrm_use_ssl: bool,
    /// Accepts any certificate.
    #[config(key = "no")]
    pub winrm_insecure: bool,
    /// Logs in with NTLM instead of Basic authentication.
    #[config(key = "no")]
    pub winrm_use_ntlm: Option<bool>,
}

impl WinRmConfig {
    /// Fills in what depends on whether other options were set.
    pub(crate) fn complete(&mut self) {
        if self.winrm_port == 0 {
            self.winrm_port = if self.winrm_use_ssl { 5986 } else { 5985 };
        }
        if self.winrm_timeout.is_zero() {
            self.winrm_timeout = GoDuration::from_secs(30 * 60);
        }
    }

    /// Reports what does not fit.
    pub(crate) fn check(&self, at: &mut At<'_>) {
        if self.winrm_username.is_empty() {
            at.error("winrm_username", "winrm_username must be specified.");
        }
    }
}
