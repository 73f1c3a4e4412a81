//! Components written in Rust: an author writes a struct of options and one `async fn`; the adapters here make a component of it.

use std::future::ready;
use std::marker::PhantomData;
use std::sync::Arc;

use async_trait::async_trait;
use cty::{Type, Value};
use diag::Diagnostics;
use tintype_schema::{At, Config, ConfigValue, Schema};

use crate::key::StepKey;
use crate::{
    Artifact, BuildCx, Builder, BuilderKind, Cx, DataSource, DataSourceKind, Machine, PostProcessed,
    PostProcessor, PostProcessorKind, PrepareCx, Prepared, Provisioner, ProvisionerKind, Result,
};

/// Makes a component kind of a native component.
pub struct Native<C>(PhantomData<fn() -> C>);

impl<C> Default for Native<C> {
    fn default() -> Self {
        Self(PhantomData)
    }
}

impl<C> Native<C> {
    /// The kind.
    pub fn new() -> Self {
        Self::default()
    }
}

/// A builder.
pub trait BuildWith: Sized + Send + Sync + 'static {
    /// Its options.
    type Config: Config + Send + Sync;
    /// The names it adds to `build.*`.
    const GENERATED: &'static [&'static str] = &[];
    /// Checks that need the surroundings; what the options alone can tell is in their `Check`.
    fn prepare(_config: &mut Self::Config, _cx: &PrepareCx, _at: &mut At<'_>) {}
    /// What the machine depends on before any provisioner; see `Builder::source_key`. A builder that says nothing is never cached.
    fn key(_config: &Self::Config, _cx: &PrepareCx) -> impl Future<Output = Result<StepKey>> + Send {
        ready(Ok(StepKey::impure("the builder names no key")))
    }
    /// Makes the machine, provisions it, makes the artifact.
    fn build(
        config: Self::Config,
        cx: &BuildCx,
    ) -> impl Future<Output = Result<Option<Arc<dyn Artifact>>>> + Send;
}

/// A provisioner.
pub trait ProvisionWith: Sized + Send + Sync + 'static {
    /// Its options.
    type Config: Config + Send + Sync;
    /// Checks that need the surroundings, and makes the component.
    fn prepare(config: Self::Config, cx: &PrepareCx, at: &mut At<'_>) -> Self;
    /// What its effect on a machine depends on; see `Provisioner::key`. A provisioner that says nothing always runs.
    fn key(&self, _cx: &PrepareCx) -> impl Future<Output = Result<StepKey>> + Send {
        ready(Ok(StepKey::impure("the provisioner names no key")))
    }
    /// Does its work.
    fn provision(&self, machine: &Machine, cx: &Cx) -> impl Future<Output = Result<()>> + Send;
}

/// A post-processor.
pub trait PostProcessWith: Sized + Send + Sync + 'static {
    /// Its options.
    type Config: Config + Send + Sync;
    /// Checks that need the surroundings, and makes the component.
    fn prepare(config: Self::Config, cx: &PrepareCx, at: &mut At<'_>) -> Self;
    /// Makes an artifact of another.
    fn post_process(
        &self,
        from: Arc<dyn Artifact>,
        cx: &Cx,
    ) -> impl Future<Output = Result<PostProcessed>> + Send;
}

/// A data source.
pub trait ReadWith: Sized + Send + Sync + 'static {
    /// Its options.
    type Config: Config + Send + Sync;
    /// The type of its answer.
    fn output() -> Type;
    /// Checks that need the surroundings, and makes the component.
    fn prepare(config: Self::Config, cx: &PrepareCx, at: &mut At<'_>) -> Self;
    /// Asks.
    fn read(&self, cx: &Cx) -> impl Future<Output = Result<Value>> + Send;
}

struct NativeBuilder<B: BuildWith>(B::Config);

#[async_trait]
impl<B: BuildWith> BuilderKind for Native<B> {
    fn schema(&self) -> &Schema {
        B::Config::schema()
    }

    async fn prepare(
        &self,
        config: &ConfigValue,
        cx: &PrepareCx,
    ) -> Result<Prepared<dyn Builder>, Diagnostics> {
        let (config, warnings) = B::Config::decode_into(config, &*cx.interpolation, |mut options, at| {
            B::prepare(&mut options, cx, at);
            options
        })?;
        let generated = B::GENERATED.iter().map(|name| name.to_string()).collect();
        Ok(Prepared { component: Box::new(NativeBuilder::<B>(config)), warnings, generated })
    }
}

#[async_trait]
impl<B: BuildWith> Builder for NativeBuilder<B> {
    async fn source_key(&self, cx: &PrepareCx) -> Result<StepKey> {
        B::key(&self.0, cx).await
    }

    async fn run(self: Box<Self>, cx: &BuildCx) -> Result<Option<Arc<dyn Artifact>>> {
        B::build(self.0, cx).await
    }
}

struct NativeComponent<C>(C);

#[async_trait]
impl<P: ProvisionWith> ProvisionerKind for Native<P> {
    fn schema(&self) -> &Schema {
        P::Config::schema()
    }

    async fn prepare(
        &self,
        config: &ConfigValue,
        cx: &PrepareCx,
    ) -> Result<Prepared<dyn Provisioner>, Diagnostics> {
        let (component, warnings) =
            P::Config::decode_into(config, &*cx.interpolation, |options, at| P::prepare(options, cx, at))?;
        Ok(Prepared { component: Box::new(NativeComponent(component)), warnings, generated: Vec::new() })
    }
}

#[async_trait]
impl<P: ProvisionWith> Provisioner for NativeComponent<P> {
    async fn key(&self, cx: &PrepareCx) -> Result<StepKey> {
        self.0.key(cx).await
    }

    async fn provision(&self, machine: &Machine, cx: &Cx) -> Result<()> {
        self.0.provision(machine, cx).await
    }
}

/// The post-processor adapter; a type of its own, since one struct may be provisioner and post-processor (`shell-local`).
pub struct NativePost<C>(PhantomData<fn() -> C>);

impl<C> Default for NativePost<C> {
    fn default() -> Self {
        Self(PhantomData)
    }
}

impl<C> NativePost<C> {
    /// The kind.
    pub fn new() -> Self {
        Self::default()
    }
}

#[async_trait]
impl<P: PostProcessWith> PostProcessorKind for NativePost<P> {
    fn schema(&self) -> &Schema {
        P::Config::schema()
    }

    async fn prepare(
        &self,
        config: &ConfigValue,
        cx: &PrepareCx,
    ) -> Result<Prepared<dyn PostProcessor>, Diagnostics> {
        let (component, warnings) =
            P::Config::decode_into(config, &*cx.interpolation, |options, at| P::prepare(options, cx, at))?;
        Ok(Prepared { component: Box::new(NativeComponent(component)), warnings, generated: Vec::new() })
    }
}

#[async_trait]
impl<P: PostProcessWith> PostProcessor for NativeComponent<P> {
    async fn post_process(&self, from: Arc<dyn Artifact>, cx: &Cx) -> Result<PostProcessed> {
        self.0.post_process(from, cx).await
    }
}

#[async_trait]
impl<D: ReadWith> DataSourceKind for Native<D> {
    fn schema(&self) -> &Schema {
        D::Config::schema()
    }

    fn output(&self) -> Type {
        D::output()
    }

    async fn prepare(
        &self,
        config: &ConfigValue,
        cx: &PrepareCx,
    ) -> Result<Prepared<dyn DataSource>, Diagnostics> {
        let (component, warnings) =
            D::Config::decode_into(config, &*cx.interpolation, |options, at| D::prepare(options, cx, at))?;
        Ok(Prepared { component: Box::new(NativeComponent(component)), warnings, generated: Vec::new() })
    }
}

#[async_trait]
impl<D: ReadWith> DataSource for NativeComponent<D> {
    async fn read(&self, cx: &Cx) -> Result<Value> {
        self.0.read(cx).await
    }
}
