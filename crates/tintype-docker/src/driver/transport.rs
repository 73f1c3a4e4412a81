//! Connections to an Engine: socket, named pipe, TCP with or without TLS. Which Engine is meant is in `endpoint`.

use std::path::Path;
use std::sync::Arc;

use bollard::{API_DEFAULT_VERSION, BollardRequest, Docker};
use hyper_rustls::HttpsConnectorBuilder;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, aws_lc_rs, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use tintype_sdk::{Error, Result};

use crate::endpoint::{Endpoint, Tls};

/// The Engine answers a commit when it is done, however long that takes: whoever waits can be told to stop, so there is no limit.
const NO_LIMIT: u64 = 365 * 24 * 3600;

/// A client for an Engine. Does not connect yet.
pub(super) fn client(endpoint: &Endpoint) -> Result<Docker> {
    let host = endpoint.host.as_str();
    let made = match host.split_once("://") {
        #[cfg(unix)]
        Some(("unix", _)) => Docker::connect_with_unix(host, NO_LIMIT, API_DEFAULT_VERSION),
        #[cfg(windows)]
        Some(("npipe", _)) => Docker::connect_with_named_pipe(host, NO_LIMIT, API_DEFAULT_VERSION),
        Some(("tcp" | "http" | "https", address)) => {
            let tls = endpoint.tls.clone().or_else(|| host.starts_with("https").then(Tls::default));
            match tls {
                Some(tls) => return over_tls(address, &tls),
                None => Docker::connect_with_http(address, NO_LIMIT, API_DEFAULT_VERSION),
            }
        }
        _ => {
            return Err(Error::user(format!("Docker endpoint \"{host}\" is of no known kind"))
                .hint("Use unix:///path, npipe:////./pipe/name, tcp://host:port or ssh://user@host."));
        }
    };
    made.map_err(|error| super::failure::explain(error, host))
}

fn over_tls(address: &str, tls: &Tls) -> Result<Docker> {
    let bad = |error: &dyn std::fmt::Display| {
        Error::user(format!("TLS for the Docker endpoint {address}: {error}"))
    };
    let provider = Arc::new(aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .map_err(|error| bad(&error))?;
    let builder = if tls.skip_verify {
        builder.dangerous().with_custom_certificate_verifier(Arc::new(TrustAll(provider)))
    } else if let Some(ca) = &tls.ca {
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(certificates(ca).map_err(|error| bad(&error))?);
        builder.with_root_certificates(roots)
    } else {
        let verifier = rustls_platform_verifier::Verifier::new(provider).map_err(|error| bad(&error))?;
        builder.dangerous().with_custom_certificate_verifier(Arc::new(verifier))
    };
    let config = match &tls.identity {
        Some((certificate, key)) => {
            let chain = certificates(certificate).map_err(|error| bad(&error))?;
            let key = PrivateKeyDer::from_pem_file(key)
                .map_err(|error| bad(&format!("{}: {error}", key.display())))?;
            builder.with_client_auth_cert(chain, key).map_err(|error| bad(&error))?
        }
        None => builder.with_no_client_auth(),
    };
    let connector = HttpsConnectorBuilder::new().with_tls_config(config).https_only().enable_http1().build();
    let client = Client::builder(TokioExecutor::new()).pool_max_idle_per_host(0).build(connector);
    let transport = move |request: BollardRequest| {
        let sent = client.request(request);
        async move { sent.await.map_err(bollard::errors::Error::from) }
    };
    Docker::connect_with_custom_transport(
        transport,
        Some(format!("https://{address}")),
        NO_LIMIT,
        API_DEFAULT_VERSION,
    )
    .map_err(|error| super::failure::explain(error, address))
}

fn certificates(file: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    CertificateDer::pem_file_iter(file)
        .and_then(Iterator::collect)
        .map_err(|error| format!("{}: {error}", file.display()))
}

/// Takes any certificate: what `DOCKER_TLS` without `DOCKER_TLS_VERIFY`, and a context's `SkipTLSVerify`, ask for.
#[derive(Debug)]
struct TrustAll(Arc<CryptoProvider>);

impl ServerCertVerifier for TrustAll {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, cert, dss, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, cert, dss, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
