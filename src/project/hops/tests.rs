//! Small deployments, and the hops that they have.

use std::fmt::Write as _;

use crate::catalog::bundled;
use crate::fact::{Limit, Origin};
use crate::model::configuration;
use crate::project::Project;
use crate::settings::Settings;
use crate::source::{Kind, Source, Sources};
use crate::units::Millis;

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
fn an_entry_point_gets_what_the_container_hands_to_it() {
    let dockerfile = "FROM python:3.12\nENTRYPOINT [\"gunicorn\", \"app.main:app\"]\nCMD [\"--timeout\", \"5\"]\n";
    let compose = "services:\n  api:\n    build: .\n    command: [--timeout, \"61\"]\n  other:\n    build: .\n    entrypoint: [gunicorn, app.main:app]\n";
    check(
        &[("Dockerfile", dockerfile), ("app/main.py", ""), ("compose.yaml", compose)],
        "
Compose api
Gunicorn gunicorn runs app of app/main.py by sync, gunicorn.timeout.sync 61 s (compose.yaml `\"61\"`)

Compose other
Gunicorn gunicorn runs app of app/main.py by sync
",
    );
    let text_for_a_shell =
        dockerfile.replace("[\"gunicorn\", \"app.main:app\"]", "gunicorn app.main:app");
    check(
        &[("Dockerfile", &text_for_a_shell), ("app/main.py", "")],
        "Gunicorn gunicorn runs app of app/main.py by sync",
    );
}

#[test]
fn arguments_of_a_build_become_variables_of_its_image() {
    let dockerfile = "ARG BASE=python\nFROM python:3.12 AS python\nARG WAIT=61\nENV GUNICORN_CMD_ARGS=\"--timeout=${WAIT}\"\nFROM ${BASE}\nCMD [\"gunicorn\", \"app.main:app\"]\n";
    let files = [("Dockerfile", dockerfile), ("app/main.py", "")];
    check(
        &files,
        "Gunicorn gunicorn runs app of app/main.py by sync, gunicorn.timeout.sync 61 s (Dockerfile `GUNICORN_CMD_ARGS=\"--timeout=${WAIT}\"`)",
    );
    let compose = "services:\n  api:\n    build:\n      context: .\n      args: {WAIT: \"99\"}\n";
    check(
        &[files[0], files[1], ("compose.yaml", compose)],
        "
Compose api
Gunicorn gunicorn runs app of app/main.py by sync, gunicorn.timeout.sync 99 s (Dockerfile `GUNICORN_CMD_ARGS=\"--timeout=${WAIT}\"`)
",
    );
}

#[test]
fn a_build_ends_at_the_stage_that_it_names() {
    let dockerfile = "FROM python:3.12 AS live\nCMD gunicorn --timeout 61 app.main:app\nFROM live AS debug\nCMD gunicorn --timeout 0 app.main:app\n";
    let compose = "services:\n  api:\n    build:\n      context: .\n      target: live\n";
    check(
        &[
            ("Dockerfile", dockerfile),
            ("app/main.py", ""),
            ("compose.yaml", compose),
        ],
        "
Compose api
Gunicorn gunicorn runs app of app/main.py by sync, gunicorn.timeout.sync 61 s (Dockerfile `61`)
",
    );
}

#[test]
fn an_override_is_read_together_with_the_file_beside_it() {
    let compose = "services:\n  api:\n    build: .\n    stop_grace_period: 20s\n    command: gunicorn --timeout ${WAIT:-61} app.main:app\n    environment: {WORKERS: \"2\"}\n";
    let more = "services:\n  api:\n    stop_grace_period: 70s\n";
    check(
        &[
            (".env", "WAIT=62\n"),
            ("Dockerfile", DOCKERFILE),
            ("app/main.py", ""),
            ("docker-compose.override.yml", more),
            ("docker-compose.yml", compose),
        ],
        "
Compose api, docker.stop 70 s (docker-compose.override.yml `70s`)
Gunicorn gunicorn runs app of app/main.py by sync, gunicorn.timeout.sync 62 s (.env `62`)
",
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

/// A function of Terraform, and what stands in front of it.
const FUNCTION: &str = "resource \"aws_lambda_function\" \"ask\" {\n  handler = \"app.handler\"\n  timeout = local.wait\n}\nlocals {\n  wait = 61\n}\n";

#[test]
fn an_interface_of_terraform_stands_in_front_of_the_function_it_names() {
    let interfaces = "resource \"aws_apigatewayv2_integration\" \"http\" {\n  integration_uri = aws_lambda_function.ask.invoke_arn\n  timeout_milliseconds = 21000\n}\nresource \"aws_api_gateway_integration\" \"rest\" {\n  uri = \"${aws_lambda_alias.live.invoke_arn}\"\n  timeout_milliseconds = 22000\n}\nresource \"aws_lambda_alias\" \"live\" {\n  function_name = aws_lambda_function.ask.function_name\n}\nresource \"aws_apigatewayv2_integration\" \"other\" {\n  integration_uri = aws_lambda_function.ask_more.invoke_arn\n}\n";
    let function = "Lambda ask runs handler of app.py, aws.lambda 61 s (main.tf `local.wait`)";
    let expected = format!(
        "
HttpApi http, aws.apigw.http 21 s (api.tf `21000`)
{function}

RestApi rest, aws.apigw.rest 22 s (api.tf `22000`)
{function}
"
    );
    let expected = expected.replace("(main.tf `local.wait`)", "(main.tf `61`)");
    check(
        &[
            ("api.tf", interfaces),
            ("app.py", ""),
            ("main.tf", FUNCTION),
        ],
        &expected,
    );
}

#[test]
fn a_load_balancer_stands_in_front_of_the_containers_of_its_target_group() {
    let terraform = "resource \"aws_lb\" \"front\" {\n  idle_timeout = 75\n}\nresource \"aws_lb\" \"inner\" {\n  load_balancer_type = \"network\"\n}\nresource \"aws_lb_listener\" \"https\" {\n  load_balancer_arn = aws_lb.front.arn\n  default_action {\n    target_group_arn = aws_lb_target_group.api.arn\n  }\n}\nresource \"aws_lb_target_group\" \"api\" {}\nresource \"aws_ecs_service\" \"api\" {\n  task_definition = aws_ecs_task_definition.api.arn\n  load_balancer {\n    target_group_arn = aws_lb_target_group.api.arn\n  }\n}\nresource \"aws_ecs_task_definition\" \"api\" {\n  container_definitions = jsonencode([{\n    name = \"api\"\n    image = \"${var.registry}/chat:${var.tag}\"\n    environment = [{ name = \"GUNICORN_CMD_ARGS\", value = \"--timeout 61\" }]\n  }])\n}\n";
    let dockerfile = "FROM python:3.12\nCMD [\"gunicorn\", \"main:app\"]\n";
    check(
        &[("chat/Dockerfile", dockerfile), ("chat/main.py", ""), ("deploy/main.tf", terraform)],
        "
ApplicationLoadBalancer front, aws.alb 75 s (deploy/main.tf `75`)
Gunicorn gunicorn runs app of chat/main.py by sync, gunicorn.timeout.sync 61 s (deploy/main.tf `\"--timeout 61\"`)
",
    );
    let template = "Resources:\n  Front:\n    Type: AWS::ElasticLoadBalancingV2::LoadBalancer\n    Properties:\n      LoadBalancerAttributes: [{Key: idle_timeout.timeout_seconds, Value: \"75\"}]\n  Listener:\n    Type: AWS::ElasticLoadBalancingV2::Listener\n    Properties: {LoadBalancerArn: !Ref Front, DefaultActions: [{TargetGroupArn: !Ref Group}]}\n  Group: {Type: 'AWS::ElasticLoadBalancingV2::TargetGroup'}\n  Task:\n    Type: AWS::ECS::TaskDefinition\n    Properties:\n      ContainerDefinitions: [{Name: api, Command: [gunicorn, 'main:app']}]\n  Service:\n    Type: AWS::ECS::Service\n    Properties: {TaskDefinition: !Ref Task, LoadBalancers: [{TargetGroupArn: !Ref Group}]}\n";
    check(
        &[("main.py", ""), ("template.yaml", template)],
        "
ApplicationLoadBalancer front, aws.alb 75 s (template.yaml `\"75\"`)
Gunicorn gunicorn runs app of main.py by sync
"
        .replace("front,", "Front,")
        .as_str(),
    );
}

#[test]
fn an_interface_of_a_template_stands_in_front_of_the_function_it_names() {
    let template = "Resources:\n  Ask:\n    Type: AWS::Lambda::Function\n    Properties: {Handler: app.handler, Timeout: 61}\n  Post:\n    Type: AWS::ApiGateway::Method\n    Properties:\n      Integration:\n        Uri: !Sub arn:aws:apigateway:${AWS::Region}:lambda:path/functions/${Ask.Arn}/invocations\n        TimeoutInMillis: 21000\n";
    check(
        &[("app.py", ""), ("template.yaml", template)],
        "
RestApi Post, aws.apigw.rest 21 s (template.yaml `21000`)
Lambda Ask runs handler of app.py, aws.lambda 61 s (template.yaml `61`)
",
    );
}

#[test]
fn cloud_run_of_terraform_runs_its_containers() {
    let terraform = "resource \"google_cloud_run_service\" \"chat\" {\n  template {\n    spec {\n      timeout_seconds = 90\n      containers {\n        image = \"gcr.io/team/other\"\n        command = [\"gunicorn\", \"main:app\"]\n        args = [\"--timeout\", \"61\"]\n      }\n    }\n  }\n}\n";
    check(
        &[("main.py", ""), ("main.tf", terraform)],
        "
CloudRun chat, gcp.cloudrun 90 s (main.tf `90`)
Gunicorn gunicorn runs app of main.py by sync, gunicorn.timeout.sync 61 s (main.tf `\"61\"`)
",
    );
}

#[test]
fn patterns_and_processes_of_platforms_mean_modules() {
    check(
        &[
            ("api/deep/other.py", ""),
            ("api/index.py", ""),
            (
                "vercel.json",
                "{\"functions\": {\"api/*.py\": {\"maxDuration\": 60}}}",
            ),
        ],
        "Vercel api/*.py at api/*.py runs - of api/index.py, vercel 60 s (vercel.json `60`)",
    );
    let fly = "app = \"chat\"\n[processes]\nweb = \"gunicorn --timeout 61 main:app\"\n[http_service]\ninternal_port = 8000\n";
    check(
        &[("fly.toml", fly), ("main.py", "")],
        "Fly \nGunicorn gunicorn runs app of main.py by sync, gunicorn.timeout.sync 61 s (fly.toml `\"gunicorn --timeout 61 main:app\"`)",
    );
}

#[test]
fn a_balancer_of_apache_hands_on_to_its_members() {
    let apache = "ProxyTimeout 120\n<Proxy balancer://chat>\n  BalancerMember http://api:8000\n</Proxy>\nProxyPass / balancer://chat/\n";
    let compose = "services:\n  api:\n    build: .\n    command: uvicorn app.main:app\n";
    check(
        &[
            ("Dockerfile", DOCKERFILE),
            ("apache/site.conf", apache),
            ("app/main.py", ""),
            ("compose.yaml", compose),
        ],
        "
Apache / at /, apache.proxytimeout 120 s (apache/site.conf `120`)
Compose api
Uvicorn uvicorn runs app of app/main.py
",
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

#[test]
fn the_settings_of_gunicorn_lie_in_a_module() {
    let config = "import os\nbind = '0.0.0.0:8000'\nworker_class = 'gthread'\nthreads = 4\ntimeout = int(os.environ.get('GUNICORN_TIMEOUT', 180))\nkeep_alive = 60\ngraceful_timeout = 25\n";
    let dockerfile = "FROM python:3.12\nCMD [\"gunicorn\", \"-c\", \"/app/deploy/gunicorn.conf.py\", \"--graceful-timeout\", \"40\", \"app.main:app\"]\n";
    check(
        &[
            ("Dockerfile", dockerfile),
            ("app/main.py", ""),
            ("deploy/gunicorn.conf.py", config),
        ],
        "Gunicorn gunicorn runs app of app/main.py by gthread, gunicorn.timeout.gthread 180 s (deploy/gunicorn.conf.py `os.environ.get('GUNICORN_TIMEOUT', 180)`), gunicorn.graceful_timeout 40 s (Dockerfile `\"40\"`)",
    );
}

#[test]
fn a_script_hands_on_to_the_server_it_ends_with() {
    let script = "#!/bin/bash\nset -e\nexport WAIT=${WAIT:-45}\nif [ \"$1\" = web ]; then\n  exec gunicorn \\\n    --timeout $WAIT app.main:app\nfi\n";
    let dockerfile =
        "FROM python:3.12\nCOPY docker/entrypoint.sh /\nENTRYPOINT [\"/entrypoint.sh\"]\n";
    check(
        &[
            ("Dockerfile", dockerfile),
            ("app/main.py", ""),
            ("docker/entrypoint.sh", script),
        ],
        "Gunicorn gunicorn runs app of app/main.py by sync, gunicorn.timeout.sync 45 s (docker/entrypoint.sh `WAIT=${WAIT:-45}`)",
    );
}

#[test]
fn a_module_may_start_its_server_itself() {
    let main = "import uvicorn\nfrom app.web import app\nif __name__ == '__main__':\n    uvicorn.run(app, port=8080, workers=2, timeout_graceful_shutdown=20)\n";
    let web =
        "from fastapi import FastAPI\nfrom langchain_openai import ChatOpenAI\napp = FastAPI()\n";
    check(
        &[
            ("Procfile", "web: python main.py\n"),
            ("app/web.py", web),
            ("main.py", main),
        ],
        "Uvicorn uvicorn.run runs - of app/web.py, uvicorn.graceful 20 s (main.py `20`)",
    );
}

#[test]
fn the_settings_of_celery_lie_beside_the_application() {
    let worker = "from celery import Celery\nfrom langchain_openai import ChatOpenAI\napp = Celery('x', task_time_limit=600)\napp.conf.update(broker_transport_options={'visibility_timeout': 1800})\napp.conf.task_time_limit = 900\n";
    check(
        &[
            ("Procfile", "jobs: celery -A app.worker worker -c 4\n"),
            ("app/worker.py", worker),
        ],
        "Celery celery runs - of app/worker.py, celery.limits 900 s (app/worker.py `900`), celery.visibility 1800 s (app/worker.py `1800`)",
    );
}

#[test]
fn the_settings_of_celery_lie_in_what_the_application_names() {
    let worker = "from celery import Celery\napp = Celery('x')\napp.config_from_object('shop.settings', namespace='CELERY')\n";
    let settings = "CELERY_TASK_TIME_LIMIT = 600\nCELERY_TASK_ACKS_LATE = True\nCELERY_BROKER_TRANSPORT_OPTIONS = {'visibility_timeout': 1800}\n";
    let files = [
        ("Procfile", "jobs: celery -A shop.worker worker\n"),
        ("shop/settings.py", settings),
        ("shop/worker.py", worker),
    ];
    check(
        &files,
        "Celery celery runs - of shop/worker.py, celery.limits 600 s (shop/settings.py `600`), celery.visibility 1800 s (shop/settings.py `1800`)",
    );
    let project = project(&files);
    assert!(project.hops().all().all(|it| it.1.acknowledges_late));
}

#[test]
fn the_settings_of_celery_are_a_class_or_a_dict() {
    let worker = "from celery import Celery\nclass Settings:\n    task_time_limit = 600\napp = Celery('x')\napp.config_from_object(Settings)\napp.conf.update({'task_soft_time_limit': 300})\napp.conf['broker_transport_options'] = {'visibility_timeout': 1800}\n";
    check(
        &[
            ("Procfile", "jobs: celery -A worker worker\n"),
            ("worker.py", worker),
        ],
        "Celery celery runs - of worker.py, celery.limits 600 s (worker.py `600`), celery.soft_limit 300 s (worker.py `300`), celery.visibility 1800 s (worker.py `1800`)",
    );
}

#[test]
fn a_service_takes_over_what_it_extends() {
    let base = "services:\n  base:\n    build: .\n    stop_grace_period: 30s\n    environment: {WAIT: \"70\"}\n    command: gunicorn --timeout $WAIT app.main:app\n";
    let compose = "services:\n  api:\n    extends: {file: base.yaml, service: base}\n    container_name: chat\n";
    let nginx = "server { location / { proxy_pass http://chat:8000; } }\n";
    check(
        &[
            ("Dockerfile", DOCKERFILE),
            ("app/main.py", ""),
            ("base.yaml", base),
            ("compose.yaml", compose),
            ("nginx.conf", nginx),
        ],
        "
Compose base, docker.stop 30 s (base.yaml `30s`)
Gunicorn gunicorn runs app of app/main.py by sync, gunicorn.timeout.sync 70 s (base.yaml `\"70\"`)

Nginx / at /
Compose api, docker.stop 30 s (base.yaml `30s`)
Gunicorn gunicorn runs app of app/main.py by sync, gunicorn.timeout.sync 70 s (base.yaml `\"70\"`)
",
    );
}

#[test]
fn a_pod_takes_its_variables_from_maps_and_its_image_from_the_folder_of_its_name() {
    let manifests = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {GUNICORN_CMD_ARGS: --timeout 33}\n---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: chat}\nspec:\n  template:\n    spec:\n      containers:\n        - name: chat\n          image: registry.io/team/chat:1\n          envFrom: [{configMapRef: {name: settings}}]\n          livenessProbe: {httpGet: {path: /health}, timeoutSeconds: 3}\n";
    let dockerfile = "FROM python:3.12\nCMD [\"gunicorn\", \"main:app\"]\n";
    check(
        &[("chat/Dockerfile", dockerfile), ("chat/main.py", ""), ("k8s/chat.yaml", manifests), ("other/Dockerfile", dockerfile)],
        "
Pod chat, k8s.pod.probe 3 s (k8s/chat.yaml `3`)
Gunicorn gunicorn runs app of chat/main.py by sync, gunicorn.timeout.sync 33 s (k8s/chat.yaml `--timeout 33`)

Gunicorn gunicorn runs app of chat/main.py by sync
",
    );
}

#[test]
fn an_overlay_patches_the_containers_of_its_base() {
    let base = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: chat}\nspec:\n  template:\n    spec:\n      terminationGracePeriodSeconds: 45\n      containers:\n        - name: chat\n          command: [gunicorn, app.main:app]\n          args: [--timeout, $(WAIT)]\n          env: [{name: WAIT, value: \"61\"}]\n";
    let merged = "resources: [../base]\npatchesStrategicMerge: [wait.yaml]\n";
    let wait = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: chat}\nspec:\n  template:\n    spec:\n      containers:\n        - {name: chat, env: [{name: WAIT, value: \"99\"}]}\n";
    let files = [
        ("app/main.py", ""),
        ("k8s/base/chat.yaml", base),
        ("k8s/base/kustomization.yaml", "resources: [chat.yaml]\n"),
    ];
    let overlay = [
        ("k8s/prod/kustomization.yaml", merged),
        ("k8s/prod/wait.yaml", wait),
    ];
    let prod = "Pod chat, k8s.pod.grace 45 s (k8s/base/chat.yaml `45`)
Gunicorn gunicorn runs app of app/main.py by sync, gunicorn.timeout.sync 99 s (k8s/prod/wait.yaml `\"99\"`)
";
    check(&[&files[..], &overlay].concat(), prod);
    // A base that another overlay takes as it is runs as it is, too.
    let dev = ("k8s/dev/kustomization.yaml", "resources: [../base]\n");
    let both = format!(
        "Pod chat, k8s.pod.grace 45 s (k8s/base/chat.yaml `45`)
Gunicorn gunicorn runs app of app/main.py by sync, gunicorn.timeout.sync 61 s (k8s/base/chat.yaml `\"61\"`)

{prod}"
    );
    check(&[&files[..], &[dev], &overlay].concat(), &both);
}

#[test]
fn a_json_patch_changes_a_container_by_its_number() {
    let base = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: chat}\nspec:\n  template:\n    spec:\n      containers:\n        - name: proxy\n          image: envoy\n        - name: chat\n          command: [gunicorn, app.main:app]\n          args: [--timeout, \"61\"]\n";
    let overlay = "resources: [../base]\npatches:\n  - target: {kind: Deployment, name: chat}\n    patch: |-\n      - {op: replace, path: /spec/template/spec/containers/1/args/1, value: \"99\"}\n  - target: {kind: Deployment, name: chat}\n    path: more.yaml\n";
    let more = "- op: add\n  path: /spec/template/spec/containers/1/command\n  value: [gunicorn, -k, gthread, app.main:app]\n";
    let files = [
        ("app/main.py", ""),
        ("k8s/base/chat.yaml", base),
        ("k8s/base/kustomization.yaml", "resources: [chat.yaml]\n"),
        ("k8s/prod/kustomization.yaml", overlay),
        ("k8s/prod/more.yaml", more),
    ];
    let project = project(&files);
    let mut servers = project.hops().all().filter(|it| it.1.code.is_some());
    let (_, server) = servers.next().expect("one server");
    let class = server.workers.class.as_ref().map(|it| it.value.as_str());
    assert_eq!(class, Some("gthread"));
    let limit = server
        .timeout("gunicorn.timeout.gthread")
        .map(|it| it.limit.value);
    assert_eq!(limit, Some(Limit::Within(Millis(99_000))));
    assert!(servers.next().is_none());
}

#[test]
fn the_values_of_a_chart_are_put_into_its_templates() {
    let ingress = "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata:\n  name: {{ include \"chat.fullname\" . }}\n  annotations:\n    nginx.ingress.kubernetes.io/proxy-read-timeout: {{ .Values.proxy.timeout | quote }}\nspec:\n  rules:\n    - http:\n        paths:\n          - path: /\n            backend: {service: {name: {{ include \"chat.fullname\" . }}}}\n";
    let service = "apiVersion: v1\nkind: Service\nmetadata:\n  name: {{ include \"chat.fullname\" . }}\nspec:\n  selector:\n    {{- include \"chat.selectorLabels\" . | nindent 4 }}\n";
    let deployment = "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: {{ include \"chat.fullname\" . }}\nspec:\n  template:\n    spec:\n      terminationGracePeriodSeconds: {{ .Values.grace | default 60 }}\n      containers:\n        - name: chat\n          command: [uvicorn, app.main:app]\n";
    check(
        &[
            ("app/main.py", ""),
            ("chart/Chart.yaml", "apiVersion: v2\nname: chat\n"),
            ("chart/templates/deployment.yaml", deployment),
            ("chart/templates/ingress.yaml", ingress),
            ("chart/templates/service.yaml", service),
            ("chart/values.yaml", "proxy:\n  timeout: 240\n"),
        ],
        "
IngressNginx {{ include \"chat.fullname\" . }} at /, ingress_nginx.read 240 s (chart/templates/ingress.yaml `{{ .Values.proxy.timeout | quote }}`)
Pod chat, k8s.pod.grace 60 s (chart/templates/deployment.yaml `{{ .Values.grace | default 60 }}`)
Uvicorn uvicorn runs app of app/main.py
",
    );
}

#[test]
fn haproxy_apache_and_envoy_hand_on_to_containers() {
    let compose = "services:\n  api:\n    build: .\n    command: uvicorn app.main:app\n";
    let haproxy = "defaults\n  timeout server 50000\nbackend web\n  server one api:8000 check\n";
    let apache = "ProxyTimeout 120\n<VirtualHost *:80>\n  ProxyPass /slow http://api:8000/ timeout=300\n  ProxyPass / http://api:8000/\n</VirtualHost>\n";
    let envoy = "static_resources:\n  listeners:\n    - filter_chains:\n        - filters:\n            - typed_config:\n                route_config:\n                  virtual_hosts:\n                    - routes:\n                        - match: {prefix: /}\n                          route: {cluster: back, timeout: 0s}\n  clusters:\n    - name: back\n      load_assignment:\n        endpoints:\n          - lb_endpoints:\n              - endpoint: {address: {socket_address: {address: api, port_value: 8000}}}\n";
    let server = "Compose api\nUvicorn uvicorn runs app of app/main.py\n\n";
    let expected = format!(
        "Apache /slow at /slow, apache.proxytimeout 300 s (apache/site.conf `timeout=300`)
{server}Apache / at /, apache.proxytimeout 120 s (apache/site.conf `120`)
{server}Haproxy web, haproxy.server 50 s (haproxy.cfg `50000`)
{server}Envoy back at /, envoy.route for ever (envoy.yaml `0s`)
{server}"
    );
    check(
        &[
            ("Dockerfile", DOCKERFILE),
            ("apache/site.conf", apache),
            ("app/main.py", ""),
            ("compose.yaml", compose),
            ("envoy.yaml", envoy),
            ("haproxy.cfg", haproxy),
        ],
        &expected,
    );
}

#[test]
fn a_platform_stands_in_front_of_what_its_folder_starts() {
    check(
        &[
            (
                "Procfile",
                "web: uvicorn main:app\njobs: celery -A main worker\n",
            ),
            ("main.py", ""),
            ("railway.json", "{}"),
        ],
        "Railway \nUvicorn uvicorn runs app of main.py\n\nCelery celery runs - of main.py",
    );
    check(
        &[
            (
                "app.yaml",
                "runtime: python312\nentrypoint: gunicorn -t 20 main:app\n",
            ),
            ("main.py", ""),
        ],
        "Gunicorn gunicorn runs app of main.py by sync, gunicorn.timeout.sync 20 s (app.yaml `gunicorn -t 20 main:app`)",
    );
}

#[test]
fn platforms_start_code_themselves() {
    let env = "BG_JOB_TIMEOUT_SECS=1200\n";
    check(
        &[
            (".env", env),
            (
                "langgraph.json",
                "{\"graphs\": {\"agent\": \"./src/graph.py:graph\"}, \"env\": \".env\"}",
            ),
            ("src/graph.py", ""),
        ],
        "LangGraph agent runs graph of src/graph.py, langgraph.platform 1200 s (.env `1200`)",
    );
    check(
        &[
            ("api/index.py", ""),
            (
                "vercel.json",
                "{\"functions\": {\"api/index.py\": {\"maxDuration\": 60}}}",
            ),
        ],
        "Vercel api/index.py at api/index.py runs - of api/index.py, vercel 60 s (vercel.json `60`)",
    );
    check(
        &[
            ("fn/function_app.py", ""),
            (
                "fn/host.json",
                "{\"version\": \"2.0\", \"functionTimeout\": \"00:10:00\"}",
            ),
        ],
        "AzureFunctions function_app runs - of fn/function_app.py, azure.functions 600 s (fn/host.json `\"00:10:00\"`)",
    );
}

#[test]
fn cloud_run_stands_in_front_of_its_own_container() {
    let service = "apiVersion: serving.knative.dev/v1\nkind: Service\nmetadata:\n  name: chat\n  annotations: {run.googleapis.com/ingress: all}\nspec:\n  template:\n    spec:\n      timeoutSeconds: 900\n      containers:\n        - name: chat\n          command: [hypercorn, -c, hypercorn.toml, app.main:app]\n";
    check(
        &[
            ("app/main.py", ""),
            ("hypercorn.toml", "graceful_timeout = 9\n"),
            ("service.yaml", service),
        ],
        "
CloudRun chat, gcp.cloudrun 900 s (service.yaml `900`)
Pod chat
Hypercorn hypercorn runs app of app/main.py, hypercorn.graceful 9 s (hypercorn.toml `9`)
",
    );
}

#[test]
fn uwsgi_reads_its_settings_from_a_file() {
    let ini = "[uwsgi]\nmodule = app.main:app\nharakiri = 75\nprocesses = 4\n";
    check(
        &[
            ("Procfile", "web: uwsgi --ini uwsgi.ini\n"),
            ("app/main.py", ""),
            ("uwsgi.ini", ini),
        ],
        "Uwsgi uwsgi runs app of app/main.py, uwsgi.harakiri 75 s (uwsgi.ini `75`)",
    );
}

#[test]
fn routes_of_a_mesh_hand_on_to_pods() {
    let pods = "apiVersion: v1\nkind: Service\nmetadata: {name: api}\nspec: {selector: {app: api}}\n---\napiVersion: v1\nkind: Pod\nmetadata: {name: api, labels: {app: api}}\nspec:\n  containers: [{name: api, command: [uvicorn, app.main:app]}]\n";
    let route = "apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {name: web}\nspec:\n  rules:\n    - timeouts: {request: 30s}\n      backendRefs: [{name: api, port: 80}]\n---\napiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: mesh}\nspec:\n  http:\n    - timeout: 10s\n      route: [{destination: {host: api.default.svc.cluster.local}}]\n";
    check(
        &[
            ("app/main.py", ""),
            ("k8s/pods.yaml", pods),
            ("k8s/routes.yaml", route),
        ],
        "
GatewayRoute web, k8s.gatewayapi 30 s (k8s/routes.yaml `30s`)
Pod api
Uvicorn uvicorn runs app of app/main.py

Istio mesh, istio.vs 10 s (k8s/routes.yaml `10s`)
Pod api
Uvicorn uvicorn runs app of app/main.py
",
    );
}

#[test]
fn an_upstream_of_another_configuration_is_somebody_elses() {
    let compose = "services:\n  api:\n    build: .\n    command: sh -c \"cd app && uvicorn app.main:app --port 8001\"\n";
    let here = "upstream api { server 127.0.0.1:9000; }\nserver { location /local { proxy_pass http://api; } }\n";
    let there = "http { server { location / { proxy_pass http://api:8001; } } }\n";
    check(
        &[
            ("Dockerfile", DOCKERFILE),
            ("app/main.py", ""),
            ("compose.yaml", compose),
            ("nginx/local.conf", here),
            ("nginx/nginx.conf", there),
        ],
        "Nginx / at /\nCompose api\nUvicorn uvicorn runs app of app/main.py",
    );
}

#[test]
fn a_package_is_started_by_its_inner_module() {
    let main = "import uvicorn\nfrom langchain_openai import ChatOpenAI\nuvicorn.Server(uvicorn.Config('app.web:app', timeout_graceful_shutdown=7)).run()\n";
    check(
        &[
            (
                "Procfile",
                "web: python -m app\njobs: celery -A app worker\n",
            ),
            ("app/__init__.py", "import langchain\n"),
            ("app/__main__.py", main),
            ("app/celery.py", ""),
            ("app/web.py", ""),
        ],
        "
Uvicorn uvicorn.run runs app of app/web.py, uvicorn.graceful 7 s (app/__main__.py `7`)

Celery celery runs - of app/celery.py
",
    );
}
