//! Containers that a system has once: brokers, stores.

use serde::Serialize;

use super::runtime::VolumeView;

/// What a system has once.
#[derive(Debug, Clone, Serialize)]
pub struct ContainerView {
    pub name: String,
    pub help: String,
    pub image: String,
    /// What the image is called in `versions.yaml`.
    pub image_name: String,
    pub command: Vec<String>,
    pub env: Vec<ContainerEnvView>,
    pub health: Vec<String>,
    pub volumes: Vec<VolumeView>,
    pub tmpfs: Vec<String>,
    pub user: String,
    /// The numbers of `user`; 0 where it is `""`.
    pub uid: u32,
    pub gid: u32,
    pub writable: bool,
    pub memory: String,
    pub ports: Vec<PublishedView>,
    /// Where it runs only when that is asked for: the profile of compose; else `""`.
    pub profile: String,
    /// The variable that says where it is; `""` with a profile.
    pub address: String,
    /// Where it listens for the components, by the value of that variable in containers.
    pub port: u16,
    /// The value of that variable while developing.
    pub usual: String,
    /// How it is started for development; `""` where no target tells.
    pub start: String,
}

/// `secret` is the name of a secret, or `""`.
#[derive(Debug, Clone, Serialize)]
pub struct ContainerEnvView {
    pub name: String,
    pub value: String,
    pub secret: String,
}

#[derive(Debug, Clone, Serialize)]
pub struct PublishedView {
    pub env: String,
    pub port: u16,
    pub published: u16,
    pub help: String,
}
