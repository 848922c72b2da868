//! Small deployments, and the hops that they have.

use std::fmt::Write as _;

use crate::catalog::bundled;
use crate::fact::Origin;
use crate::model::configuration;
use crate::project::Project;
use crate::settings::Settings;
use crate::source::{Kind, Source, Sources};

use super::{Hop, HopId, Timeout};

/// A module that has to do with models.
const APP: &str = "from langchain_openai import ChatOpenAI\nllm = ChatOpenAI()\n";

/// The project of these files; one named `.py` without a text is the application.
pub(super) fn project(files: &[(&str, &str)]) -> Project {
    let sources = files.iter().map(|(path, text)| {
        let kind = match configuration::format(path) {
            Some(format) => Kind::Configuration(format),
            None => Kind::Python,
        };
        let text = if text.is_empty() { APP } else { text };
        Source::new(*path, kind, text)
    });
    Project::build(Sources::new(sources), &Settings::default(), bundled())
}

/// The ways to all modules, a line for each hop: what it is, what it runs, and its limits, with the
/// place where they are written.
fn shown(files: &[(&str, &str)]) -> String {
    let project = project(files);
    let hops = project.hops();
    let mut text = String::new();
    let ends = hops.all().filter(|it| it.1.code.is_some());
    for (id, _) in ends {
        for way in hops.ways_to(id) {
            for hop in &way {
                line(&project, hops.get(*hop), &mut text);
            }
            text.push('\n');
        }
    }
    text
}

fn line(project: &Project, hop: &Hop, text: &mut String) {
    let _ = write!(text, "{:?} {}", hop.product, hop.name);
    if let Some(route) = &hop.route {
        let _ = write!(text, " at {}", route.text);
    }
    if let Some(code) = &hop.code {
        let file = code.file.and_then(|it| project.sources().path(it));
        let name = code.name.as_deref().unwrap_or("-");
        let _ = write!(text, " runs {name} of {}", file.unwrap_or("?"));
    }
    if let Some(class) = &hop.workers.class {
        let _ = write!(text, " by {}", class.value);
    }
    for timeout in &hop.timeouts {
        if let Some(written) = written(project, timeout) {
            let _ = write!(text, ", {written}");
        }
    }
    text.push('\n');
}

/// A limit that somebody wrote, with the text at its place.
fn written(project: &Project, timeout: &Timeout) -> Option<String> {
    let Origin::Written(at) = timeout.limit.origin else {
        return None;
    };
    let path = project.sources().path(at.file)?;
    let text = project.sources().text(at);
    let (id, limit) = (&timeout.entry.id, timeout.limit.value);
    Some(format!("{id} {limit} ({path} `{text}`)"))
}

#[track_caller]
fn check(files: &[(&str, &str)], expected: &str) {
    let shown = shown(files);
    assert_eq!(shown.trim(), expected.trim(), "\n{shown}");
}

const DOCKERFILE: &str = "FROM python:3.12\nENV GUNICORN_TIMEOUT=90\nCMD [\"gunicorn\", \"-w\", \"2\", \"--timeout\", \"120\", \"app.main:app\"]\n";

#[test]
fn a_proxy_a_container_and_a_server_are_one_way() {
    let compose = "services:\n  api:\n    build: .\n    stop_grace_period: 1m\n";
    let nginx = "http {\n  proxy_read_timeout 75s;\n  upstream back { server api:8000; }\n  server {\n    location /api/ { proxy_pass http://back/; }\n  }\n}\n";
    let files = [
        ("Dockerfile", DOCKERFILE),
        ("app/main.py", ""),
        ("compose.yaml", compose),
        ("nginx/nginx.conf", nginx),
    ];
    check(
        &files,
        "
Nginx /api/ at /api/, nginx.proxy_read_timeout 75 s (nginx/nginx.conf `75s`)
Compose api, docker.stop 60 s (compose.yaml `1m`)
Gunicorn gunicorn runs app of app/main.py by sync, gunicorn.timeout.sync 120 s (Dockerfile `\"120\"`)
",
    );
}

#[test]
fn nobody_else_runs_an_image_that_nobody_builds() {
    check(
        &[("Dockerfile", DOCKERFILE), ("app/main.py", "")],
        "Gunicorn gunicorn runs app of app/main.py by sync, gunicorn.timeout.sync 120 s (Dockerfile `\"120\"`)",
    );
}

#[test]
fn a_limit_has_the_place_where_its_variable_is_set() {
    let dockerfile = "FROM python:3.12\nENV WAIT=90\nCMD gunicorn -k uvicorn.workers.UvicornWorker --timeout ${WAIT:-30} --graceful-timeout ${GRACE:-20} app.main:app\n";
    let compose = "services:\n  api:\n    build: .\n    environment:\n      - WAIT=300\n";
    check(
        &[("Dockerfile", dockerfile), ("app/main.py", ""), ("compose.yaml", compose)],
        "
Compose api
Gunicorn gunicorn runs app of app/main.py by uvicorn.workers.UvicornWorker, gunicorn.timeout.uvicornworker 300 s (compose.yaml `WAIT=300`), gunicorn.graceful_timeout 20 s (Dockerfile `${GRACE:-20}`)
",
    );
}

#[test]
fn a_command_line_wins_over_the_variable_with_more_flags() {
    let text = "web: gunicorn --timeout 10 app.main:app\n";
    let dockerfile = "FROM python:3.12\nENV GUNICORN_CMD_ARGS=\"--timeout 60 --threads 4\"\nCMD [\"gunicorn\", \"app.main:app\"]\n";
    check(
        &[("Procfile", text), ("app/main.py", "")],
        "Gunicorn gunicorn runs app of app/main.py by sync, gunicorn.timeout.sync 10 s (Procfile `10`)",
    );
    check(
        &[("Dockerfile", dockerfile), ("app/main.py", "")],
        "Gunicorn gunicorn runs app of app/main.py by gthread, gunicorn.timeout.gthread 60 s (Dockerfile `GUNICORN_CMD_ARGS=\"--timeout 60 --threads 4\"`)",
    );
}

#[test]
fn an_ingress_leads_to_the_pods_that_its_service_picks() {
    let manifests = "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata:\n  name: front\n  annotations:\n    nginx.ingress.kubernetes.io/proxy-read-timeout: \"3600\"\nspec:\n  rules:\n    - http:\n        paths:\n          - path: /\n            pathType: Prefix\n            backend: {service: {name: api, port: {number: 80}}}\n---\napiVersion: v1\nkind: Service\nmetadata: {name: api}\nspec:\n  selector: {app: chat}\n---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: chat}\nspec:\n  template:\n    metadata: {labels: {app: chat, tier: web}}\n    spec:\n      terminationGracePeriodSeconds: 45\n      containers:\n        - name: chat\n          image: chat:1\n          command: [uvicorn, app.main:app]\n          args: [--timeout-graceful-shutdown, \"5\"]\n";
    check(
        &[("app/main.py", ""), ("k8s/all.yaml", manifests)],
        "
IngressNginx front at /, ingress_nginx.read 3600 s (k8s/all.yaml `\"3600\"`)
Pod chat, k8s.pod.grace 45 s (k8s/all.yaml `45`)
Uvicorn uvicorn runs app of app/main.py, uvicorn.graceful 5 s (k8s/all.yaml `\"5\"`)
",
    );
}

#[test]
fn a_proxy_hands_on_to_the_container_that_lies_nearest() {
    let compose = "services:\n  api:\n    build: .\n";
    let nginx = "server {\n  listen 80;\n  set $back http://api:8000;\n  location / {\n    include /etc/nginx/proxy.conf;\n    proxy_pass $back;\n  }\n}\n";
    let files = [
        ("one/Dockerfile", DOCKERFILE),
        ("one/app/main.py", ""),
        ("one/compose.yaml", compose),
        ("one/nginx/nginx.conf", nginx),
        ("one/nginx/proxy.conf", "proxy_read_timeout 5m;\n"),
        (
            "two/Dockerfile",
            "FROM python:3.12\nCMD [\"uvicorn\", \"main:app\"]\n",
        ),
        ("two/app/main.py", ""),
        ("two/compose.yaml", compose),
    ];
    check(
        &files,
        "
Nginx / at /, nginx.proxy_read_timeout 300 s (one/nginx/proxy.conf `5m`)
Compose api
Gunicorn gunicorn runs app of one/app/main.py by sync, gunicorn.timeout.sync 120 s (one/Dockerfile `\"120\"`)

Compose api
Uvicorn uvicorn runs app of two/app/main.py
",
    );
}

#[test]
fn a_port_of_the_own_machine_is_the_process_that_listens_there() {
    let supervisor = "[program:api]\ncommand=uvicorn app.main:app --port 8001\n[program:jobs]\ncommand=celery -A app.jobs worker --time-limit=300\n";
    let nginx = "server {\n  location = /ask { proxy_pass http://127.0.0.1:8001; }\n}\n";
    check(
        &[
            ("app/jobs.py", ""),
            ("app/main.py", ""),
            ("nginx.conf", nginx),
            ("supervisord.conf", supervisor),
        ],
        "
Nginx /ask at /ask
Uvicorn uvicorn runs app of app/main.py

Celery celery runs - of app/jobs.py, celery.limits 300 s (supervisord.conf `--time-limit=300`)
",
    );
}

#[test]
fn the_functions_of_a_template_have_interfaces_in_front() {
    let template = "Parameters:\n  Wait: {Type: Number, Default: 60}\nGlobals:\n  Function: {Timeout: 20}\nResources:\n  Ask:\n    Type: AWS::Serverless::Function\n    Properties:\n      CodeUri: src/\n      Handler: ask.handler\n      Timeout: !Ref Wait\n      Events:\n        Web: {Type: Api, Properties: {Path: /ask, Method: post}}\n  Sum:\n    Type: AWS::Serverless::Function\n    Properties: {CodeUri: src/, Handler: sum.handler}\n";
    check(
        &[
            ("src/ask.py", ""),
            ("src/sum.py", ""),
            ("template.yaml", template),
        ],
        "
RestApi Ask at /ask
Lambda Ask runs handler of src/ask.py, aws.lambda 60 s (template.yaml `60`)

Lambda Sum runs handler of src/sum.py, aws.lambda 20 s (template.yaml `20`)
",
    );
}

#[test]
fn serverless_functions_inherit_from_their_provider() {
    let text = "service: x\nprovider:\n  name: aws\n  timeout: 28\nfunctions:\n  ask:\n    handler: app/main.handler\n    events:\n      - httpApi: POST /ask\n";
    check(
        &[("app/main.py", ""), ("serverless.yml", text)],
        "
HttpApi ask at /ask
ServerlessFunction ask runs handler of app/main.py, serverless 28 s (serverless.yml `28`)
",
    );
}

#[test]
fn a_function_of_terraform_has_the_default_of_its_variable() {
    let main = "resource \"aws_lambda_function\" \"ask\" {\n  handler = \"app.main.handler\"\n  timeout = var.wait\n}\n";
    let variables = "variable \"wait\" {\n  default = 45\n}\n";
    check(
        &[
            ("app/main.py", ""),
            ("infra/main.tf", main),
            ("infra/variables.tf", variables),
        ],
        "Lambda ask runs handler of app/main.py, aws.lambda 45 s (infra/variables.tf `45`)",
    );
}

#[test]
fn what_nobody_writes_comes_from_the_catalogue() {
    let project = project(&[
        ("Dockerfile", "FROM x\nCMD gunicorn app.main:app\n"),
        ("app/main.py", ""),
    ]);
    let hop = project.hops().get(HopId(0));
    let timeout = hop.timeout("gunicorn.timeout.sync").expect("its own limit");
    assert_eq!(timeout.limit.origin, Origin::Default);
    assert_eq!(timeout.limit.value, timeout.entry.absent.limit());
    assert!(hop.timeout("gunicorn.timeout.gthread").is_none());
}
