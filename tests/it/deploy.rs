//! The manifests of `deploy/kubernetes` fit together, and nginx fits the server, whatever else is chosen.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use create_mcp_server::{
    answers::Answers,
    spec::ProjectSpec,
    template::{Template, compose, embedded},
};
use serde_json::Value;

use crate::support::{combinations, every, parse};

type Tree = BTreeMap<String, String>;

const ROOT: &str = "deploy/kubernetes/";

/// What a server reads of a body at most.
const MAX_BODY_BYTES: u64 = 1024 * 1024;

/// How long uvicorn keeps an idle connection; hyper keeps it longer.
const IDLE_SECONDS: u64 = 5;

/// Every combination that is deployed.
fn deployed() -> &'static [Tree] {
    static TREES: LazyLock<Vec<Tree>> = LazyLock::new(|| {
        let templates = embedded().expect("templates load");
        let trees: Vec<Tree> = templates.iter().flat_map(of_template).collect();
        assert!(trees.len() > 10, "{} combinations", trees.len());
        trees
    });
    &TREES
}

fn of_template(template: &Template<'_>) -> Vec<Tree> {
    let all = combinations::all(template.options()).into_iter();
    let deployed = all.filter(|it| it.get("deploy").is_some_and(|deploy| deploy != "none"));
    deployed
        .step_by(every(5))
        .map(|options| {
            let answers = Answers {
                name: Some("my-server".to_owned()),
                options,
                ..Answers::default()
            };
            let spec = ProjectSpec::new(&answers, template).expect("valid answers");
            compose::compose(template, &spec).expect("it renders").tree
        })
        .collect()
}

fn manifest(tree: &Tree, path: &str) -> Value {
    parse::yaml(&tree[&format!("{ROOT}{path}")]).expect("YAML")
}

fn texts(list: &Value) -> BTreeSet<&str> {
    let list = list.as_array().into_iter().flatten();
    list.filter_map(Value::as_str).collect()
}

/// Every value below some key, wherever it is.
fn all<'a>(value: &'a Value, key: &str) -> Vec<&'a Value> {
    match value {
        Value::Object(map) => map
            .iter()
            .flat_map(|(name, value)| {
                let here = (name == key).then_some(value);
                here.into_iter().chain(all(value, key))
            })
            .collect(),
        Value::Array(list) => list.iter().flat_map(|value| all(value, key)).collect(),
        _ => Vec::new(),
    }
}

fn number(text: &str) -> u64 {
    text.parse().unwrap_or_else(|_| panic!("no number: {text}"))
}

/// The value of a setting: what the manifests say, or its default.
fn setting(tree: &Tree, name: &str) -> u64 {
    let line = |file: &str, prefix: &str| {
        let prefix = format!("{prefix}{name}=");
        let mut lines = tree[file].lines();
        lines.find_map(|line| Some(number(line.strip_prefix(&prefix)?)))
    };
    line("deploy/kubernetes/server/settings.env", "")
        .or_else(|| line(".env.example", "# "))
        .unwrap_or_else(|| panic!("no {name}"))
}

/// What stands behind a directive of nginx, in seconds or bytes.
fn directive(tree: &Tree, name: &str) -> u64 {
    let conf = &tree["deploy/kubernetes/nginx/nginx.conf"];
    let replicas = &tree["deploy/kubernetes/nginx/replicas.conf"];
    let mut lines = conf.lines().chain(replicas.lines()).map(str::trim);
    let value = lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    let value = value.unwrap_or_else(|| panic!("no {name}"));
    number(value.trim_end_matches(';').trim_end_matches('s'))
}

#[test]
fn the_kustomization_lists_exactly_the_files_there_are() {
    for tree in deployed() {
        let kustomization = manifest(tree, "kustomization.yaml");
        let mut listed = texts(&kustomization["resources"]);
        for generator in kustomization["configMapGenerator"]
            .as_array()
            .expect("a list")
        {
            listed.extend(texts(&generator["files"]));
            listed.extend(texts(&generator["envs"]));
        }
        let there: BTreeSet<&str> = tree
            .keys()
            .filter_map(|path| path.strip_prefix(ROOT))
            .filter(|path| *path != "kustomization.yaml")
            .collect();
        assert_eq!(listed, there);
    }
}

#[test]
fn what_manifests_name_is_there() {
    for tree in deployed() {
        let kustomization = manifest(tree, "kustomization.yaml");
        let readme = &tree["README.md"];
        let generated: BTreeSet<&str> = all(&kustomization["configMapGenerator"], "name")
            .into_iter()
            .filter_map(Value::as_str)
            .collect();
        let images = all(&kustomization["images"], "name");
        for pod in ["server/deployment.yaml", "nginx/deployment.yaml"] {
            let pod = &manifest(tree, pod)["spec"]["template"];
            for map in all(pod, "configMapRef")
                .into_iter()
                .chain(all(pod, "configMap"))
            {
                assert!(
                    generated.contains(map["name"].as_str().expect("a name")),
                    "{map}"
                );
            }
            for secret in all(pod, "secretRef").into_iter().chain(all(pod, "secret")) {
                let name = secret.get("name").or(secret.get("secretName"));
                let name = name.and_then(Value::as_str).expect("a name");
                assert!(
                    readme.contains(&format!(" {name} --from-"))
                        || readme.contains(&format!(" {name} --cert")),
                    "{name}"
                );
            }
            let image = all(pod, "image")[0].as_str().expect("an image");
            let pinned = image.contains(':');
            assert!(
                pinned || images.iter().any(|name| *name == image),
                "{image}"
            );
        }
        let egress = &tree["deploy/kubernetes/server/network-policy.yaml"];
        let oauth = readme.contains("MCP_OAUTH_ISSUER");
        assert_eq!(egress.contains("port: 443\n"), oauth);
        assert_eq!(
            egress.contains("port: 4318\n"),
            readme.contains("OTEL_EXPORTER")
        );
    }
}

#[test]
fn pods_may_do_as_little_as_can_be() {
    for tree in deployed() {
        for pod in ["server/deployment.yaml", "nginx/deployment.yaml"] {
            let manifest = manifest(tree, pod);
            let pod = &manifest["spec"]["template"]["spec"];
            assert_eq!(pod["automountServiceAccountToken"], false);
            assert_eq!(pod["securityContext"]["runAsNonRoot"], true);
            assert!(pod["securityContext"]["runAsUser"].as_u64() > Some(0));
            assert_eq!(
                pod["securityContext"]["seccompProfile"]["type"],
                "RuntimeDefault"
            );
            let container = &pod["containers"][0];
            let context = &container["securityContext"];
            assert_eq!(context["readOnlyRootFilesystem"], true);
            assert_eq!(context["allowPrivilegeEscalation"], false);
            assert_eq!(
                texts(&context["capabilities"]["drop"]),
                BTreeSet::from(["ALL"])
            );
            assert!(container["resources"]["limits"]["memory"].is_string());
            let strategy = &manifest["spec"]["strategy"]["rollingUpdate"];
            assert_eq!(strategy["maxUnavailable"], 0);
        }
    }
}

#[test]
fn nginx_and_the_server_agree_on_ports_sizes_and_times() {
    for tree in deployed() {
        assert_eq!(directive(tree, "client_max_body_size"), MAX_BODY_BYTES);
        let request = setting(tree, "MCP_REQUEST_TIMEOUT_SECONDS");
        assert!(directive(tree, "proxy_read_timeout") > request);
        assert!(directive(tree, "keepalive_timeout") < IDLE_SECONDS);
        let grace = setting(tree, "MCP_SHUTDOWN_GRACE_SECONDS");
        assert!(grace >= request);
        assert!(directive(tree, "worker_shutdown_timeout") > grace);
        let delay = setting(tree, "MCP_SHUTDOWN_DELAY_SECONDS");
        let server = manifest(tree, "server/deployment.yaml");
        let pod = &server["spec"]["template"]["spec"];
        let patience = pod["terminationGracePeriodSeconds"]
            .as_u64()
            .expect("seconds");
        assert!(patience > delay + grace);

        let ports = &pod["containers"][0]["ports"];
        let port = setting(tree, "MCP_PORT");
        assert_eq!(ports[0]["containerPort"], port);
        assert_eq!(
            manifest(tree, "server/service.yaml")["spec"]["ports"][0]["port"],
            port
        );
        let replicas = &tree["deploy/kubernetes/nginx/replicas.conf"];
        let address = format!("server.my-server.svc.cluster.local:{port}");
        assert_eq!(replicas.matches(&address).count(), 2);
        assert_eq!(
            manifest(tree, "kustomization.yaml")["namespace"],
            "my-server"
        );
    }
}

#[test]
fn without_authentication_nginx_is_not_reached_from_outside() {
    for tree in deployed() {
        let open = tree["deploy/kubernetes/server/settings.env"].contains("ALLOW_UNAUTHENTICATED");
        let kind = &manifest(tree, "nginx/service.yaml")["spec"]["type"];
        assert_eq!(kind, if open { "ClusterIP" } else { "LoadBalancer" });
    }
}
