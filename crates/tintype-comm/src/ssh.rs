//! The options of a connection by SSH and their rules. Connecting is not done here.

use tintype_schema::{At, Config, GoDuration};
use tintype_sdk::World;

use crate::private_key;
use crate::tunnel::Tunnel;

/// How a machine is reached by SSH.
#[derive(Config, Clone, Debug, Default)]
#[config(name = "ssh", unchecked)]
pub struct SshConfig {
    /// Host name or address to connect to. Most builders find it out by themselves.
    pub ssh_host: String,
    /// Port of the SSH server.
    #[config(default = "22", key = "no")]
    pub ssh_port: u16,
    /// User to log in as. Must be set for `communicator = "ssh"`.
    pub ssh_username: String,
    /// Password to log in with. Also answers every question of a keyboard-interactive login.
    #[config(sensitive)]
    pub ssh_password: String,
    /// Name of a key pair that the platform already knows; for builders of platforms that keep key pairs.
    #[config(key = "no")]
    pub ssh_keypair_name: String,
    /// Name that a temporary key pair gets. The default is a name of the builder's choice.
    #[config(key = "no")]
    pub temporary_key_pair_name: String,
    /// Type of a temporary key pair: `rsa`, `dsa`, `ecdsa` or `ed25519`. The default is `rsa`.
    #[config(values("rsa", "dsa", "ecdsa", "ed25519"), key = "no")]
    pub temporary_key_pair_type: String,
    /// Length of a temporary key in bits. The default is 4096 for `rsa`, 1024 for `dsa` and 521 for `ecdsa`; `ed25519` has only one.
    #[config(key = "no")]
    pub temporary_key_pair_bits: u32,
    /// Ciphers to offer, the preferred one first. The default is the library's list.
    #[config(key = "no")]
    pub ssh_ciphers: Vec<String>,
    /// Removes the temporary key from `authorized_keys` of the user and of root when provisioning is done.
    pub ssh_clear_authorized_keys: bool,
    /// Key exchange algorithms to offer, the preferred one first. The default is the library's list.
    #[config(key = "no")]
    pub ssh_key_exchange_algorithms: Vec<String>,
    /// File with a private key (PEM or OpenSSH format, without passphrase) to log in with. `~` is the home directory.
    #[config(key = "no")]
    pub ssh_private_key_file: String,
    /// File with a certificate that belongs to the private key; needs `ssh_private_key_file`.
    #[config(key = "no")]
    pub ssh_certificate_file: String,
    /// Asks for a terminal for each command. Some systems refuse `sudo` without one.
    pub ssh_pty: bool,
    /// How long to wait for the machine to answer and let us in. The default is `5m`; no limit when only `ssh_handshake_attempts`
    /// is set.
    #[config(aliases("ssh_wait_timeout"), key = "no")]
    pub ssh_timeout: GoDuration,
    /// Logs in with the keys of the SSH agent that `SSH_AUTH_SOCK` names.
    #[config(key = "no")]
    pub ssh_agent_auth: bool,
    /// Keeps commands on the machine from using the SSH agent of this host, which they otherwise can when there is one.
    pub ssh_disable_agent_forwarding: bool,
    /// How many refused logins to put up with. The default is 10; no limit when only `ssh_timeout` is set.
    #[config(key = "no")]
    pub ssh_handshake_attempts: u32,
    /// Host to connect through.
    #[config(key = "no")]
    pub ssh_bastion_host: String,
    /// Port of the SSH server on the bastion host.
    #[config(default = "22", key = "no")]
    pub ssh_bastion_port: u16,
    /// Logs in on the bastion host with the keys of the SSH agent.
    #[config(key = "no")]
    pub ssh_bastion_agent_auth: bool,
    /// User to log in as on the bastion host.
    #[config(key = "no")]
    pub ssh_bastion_username: String,
    /// Password to log in with on the bastion host.
    #[config(sensitive, key = "no")]
    pub ssh_bastion_password: String,
    /// Asks on the terminal for the password of the bastion host.
    #[config(key = "no")]
    pub ssh_bastion_interactive: bool,
    /// File with a private key for the bastion host. The default is `ssh_private_key_file`, with its certificate.
    #[config(key = "no")]
    pub ssh_bastion_private_key_file: String,
    /// File with a certificate for the key of the bastion host.
    #[config(key = "no")]
    pub ssh_bastion_certificate_file: String,
    /// How files travel: `scp` or `sftp`. The default is `scp`.
    #[config(values("scp", "sftp"), key = "no")]
    pub ssh_file_transfer_method: String,
    /// SOCKS5 proxy to connect through. Not together with `ssh_bastion_host`.
    #[config(key = "no")]
    pub ssh_proxy_host: String,
    /// Port of the SOCKS5 proxy.
    #[config(default = "1080", key = "no")]
    pub ssh_proxy_port: u16,
    /// User for the SOCKS5 proxy.
    #[config(key = "no")]
    pub ssh_proxy_username: String,
    /// Password for the SOCKS5 proxy.
    #[config(sensitive, key = "no")]
    pub ssh_proxy_password: String,
    /// How often to send a sign of life. The default is `5s`; a negative value sends none.
    #[config(key = "no")]
    pub ssh_keep_alive_interval: GoDuration,
    /// How long one read or write on the connection may take; `0s` is no limit.
    #[config(key = "no")]
    pub ssh_read_write_timeout: GoDuration,
    /// Ports of the machine (on its loopback address) that lead to addresses this host can reach, as `PORT:HOST:HOSTPORT`.
    pub ssh_remote_tunnels: Vec<String>,
    /// Ports of this host (on its loopback address) that lead to addresses the machine can reach, as `PORT:HOST:HOSTPORT`.
    #[config(key = "no")]
    pub ssh_local_tunnels: Vec<String>,
}

impl SshConfig {
    /// Fills in what depends on whether other options were set.
    pub(crate) fn complete(&mut self) {
        if self.ssh_timeout.is_zero() && self.ssh_handshake_attempts == 0 {
            // Setting one of the two means the other is no limit.
            self.ssh_timeout = GoDuration::from_secs(300);
            self.ssh_handshake_attempts = 10;
        }
        // What is written as 0 means the same as what is not written.
        for (port, default) in
            [(&mut self.ssh_port, 22), (&mut self.ssh_bastion_port, 22), (&mut self.ssh_proxy_port, 1080)]
        {
            if *port == 0 {
                *port = default;
            }
        }
        if self.ssh_keep_alive_interval.is_zero() {
            self.ssh_keep_alive_interval = GoDuration::from_secs(5);
        }
        if self.ssh_file_transfer_method.is_empty() {
            self.ssh_file_transfer_method = "scp".into();
        }
        if self.ssh_bastion_private_key_file.is_empty() && !self.ssh_private_key_file.is_empty() {
            self.ssh_bastion_private_key_file.clone_from(&self.ssh_private_key_file);
            if self.ssh_bastion_certificate_file.is_empty() {
                self.ssh_bastion_certificate_file.clone_from(&self.ssh_certificate_file);
            }
        }
    }

    /// Reports what does not fit, reading the key files that the options name.
    pub(crate) fn check(&self, world: &World, at: &mut At<'_>) {
        if self.ssh_username.is_empty() {
            at.error(
                "ssh_username",
                "An ssh_username must be specified\n  Note: some builders used to default ssh_username to \"root\".",
            );
        }
        if !self.ssh_private_key_file.is_empty() {
            check_key("ssh_private_key_file", &self.ssh_private_key_file, world, at);
        }
        if !self.ssh_certificate_file.is_empty() {
            if self.ssh_private_key_file.is_empty() {
                at.error(
                    "ssh_certificate_file",
                    "ssh_private_key_file must be specified if ssh_certificate_file is specified",
                );
            }
            check_file("ssh_certificate_file", &self.ssh_certificate_file, world, at);
        }
        self.check_bastion(world, at);
        if !matches!(self.ssh_file_transfer_method.as_str(), "scp" | "sftp") {
            let method = &self.ssh_file_transfer_method;
            at.error(
                "ssh_file_transfer_method",
                format!("ssh_file_transfer_method ('{method}') is invalid, valid methods: sftp, scp"),
            );
        }
        if !self.ssh_bastion_host.is_empty() && !self.ssh_proxy_host.is_empty() {
            at.error("ssh_proxy_host", "please specify either ssh_bastion_host or ssh_proxy_host, not both");
        }
        self.check_key_pair(at);
        check_tunnels("ssh_remote_tunnels", &self.ssh_remote_tunnels, at);
        check_tunnels("ssh_local_tunnels", &self.ssh_local_tunnels, at);
    }

    fn check_bastion(&self, world: &World, at: &mut At<'_>) {
        if self.ssh_bastion_host.is_empty() || self.ssh_bastion_agent_auth {
            return;
        }
        if self.ssh_bastion_password.is_empty()
            && self.ssh_bastion_private_key_file.is_empty()
            && !self.ssh_bastion_interactive
        {
            at.error(
                "ssh_bastion_host",
                "ssh_bastion_password, ssh_bastion_private_key_file or ssh_bastion_agent_auth must be specified",
            );
        }
        // A key that was only taken over is reported under its own name.
        if at.filled("ssh_bastion_private_key_file") {
            check_key("ssh_bastion_private_key_file", &self.ssh_bastion_private_key_file, world, at);
        }
        if at.filled("ssh_bastion_certificate_file") {
            check_file("ssh_bastion_certificate_file", &self.ssh_bastion_certificate_file, world, at);
        }
    }

    fn check_key_pair(&self, at: &mut At<'_>) {
        let bits = self.temporary_key_pair_bits;
        let fits = match self.temporary_key_pair_type.as_str() {
            "" | "rsa" => bits == 0 || (1024..=16384).contains(&bits),
            "dsa" => matches!(bits, 0 | 1024 | 2048 | 3072),
            "ecdsa" => matches!(bits, 0 | 256 | 384 | 521),
            "ed25519" => true,
            other => {
                at.error(
                    "temporary_key_pair_type",
                    format!("temporary_key_pair_type ('{other}') is invalid"),
                )
                .hint("Use rsa, ecdsa or ed25519.");
                return;
            }
        };
        if !fits {
            at.error(
                "temporary_key_pair_bits",
                format!("temporary_key_pair_bits ({bits}) does not fit the key type"),
            );
        }
    }
}

fn check_key(option: &str, typed: &str, world: &World, at: &mut At<'_>) {
    if let Err(why) = private_key::check(&world.path(typed)) {
        at.error(option, format!("{option} is invalid: {why}"));
    }
}

fn check_file(option: &str, typed: &str, world: &World, at: &mut At<'_>) {
    let path = world.path(typed);
    if let Err(error) = std::fs::metadata(&path) {
        at.error(
            option,
            format!("{option} is invalid: {}: {}", path.display(), tintype_sdk::os_text(&error)),
        );
    }
}

fn check_tunnels(option: &str, tunnels: &[String], at: &mut At<'_>) {
    for (index, text) in tunnels.iter().enumerate() {
        if let Err(why) = text.parse::<Tunnel>() {
            at.error(&format!("{option}[{index}]"), format!("{option} ('{text}') is invalid: {why}"));
        }
    }
}
