//! Whether this is the inside of a container, where `localhost` is the container itself.

use std::path::Path;

/// What says that we are in a container; none when nothing does.
pub fn container() -> Option<String> {
    for path in ["/.dockerenv", "/run/.containerenv"] {
        if Path::new(path).exists() {
            return Some(path.to_owned());
        }
    }
    if std::env::var_os("KUBERNETES_SERVICE_HOST").is_some() {
        return Some("KUBERNETES_SERVICE_HOST is set".to_owned());
    }
    let cgroup = std::fs::read_to_string("/proc/1/cgroup").unwrap_or_default();
    is_containers(&cgroup).then(|| "/proc/1/cgroup names a container".to_owned())
}

fn is_containers(cgroup: &str) -> bool {
    ["/docker/", "/kubepods", "/containerd/", "/libpod-", "/lxc/"].iter().any(|part| cgroup.contains(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_groups_of_containers_are_told_from_those_of_hosts() {
        assert!(is_containers("12:cpu:/docker/0123abcd\n"));
        assert!(is_containers("0::/kubepods.slice/kubepods-besteffort.slice\n"));
        assert!(!is_containers("0::/\n") && !is_containers("0::/init.scope\n"));
    }
}
