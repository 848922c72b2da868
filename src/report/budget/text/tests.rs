use super::super::tests::{ask, endless, unsure};
use super::*;

const WIDE: Style = Style {
    color: false,
    width: 90,
};

const NARROW: Style = Style {
    color: false,
    width: 60,
};

fn written(all: &[Waterfall], details: bool, style: Style) -> String {
    let mut out = Vec::new();
    write(all, details, style, &mut out).expect("a vector takes all bytes");
    String::from_utf8(out).expect("text is UTF-8")
}

#[test]
fn a_waterfall_shows_who_gives_up_first() {
    insta::assert_snapshot!(written(&[ask()], false, WIDE), @r#"
    POST /ask
    FastAPI, app/main.py:12:5
    At worst, it can take 191.5 s. nginx proxy_read_timeout gives up first, after 60 s.

                                       0 s              60 s             120 s         191.5 s
    ask() › answer()          191.5 s  █████████████████┃▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒│▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒
      requests.get               10 s  ██▉              ┃                │
      ChatOpenAI, 3 requests  181.5 s    ███████████████┃▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒│▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒
        one request              60 s    ███████████████┃▒▒▒─────────────│────────────────────
                                               gunicorn --timeout, 120 s ┘
         gives up first: nginx proxy_read_timeout, 60 s ┘

      Who waits for it, from the outside in:
      ▸ the service api: nginx proxy_read_timeout, 60 s (deploy/nginx.conf:9:5)
          then: an error of nginx proxy_read_timeout
        the service api: gunicorn --timeout, 120 s (the default, compose.yaml:3:5)
          then: an error of gunicorn --timeout
        the service api: uvicorn, no limit (the default, compose.yaml:3:5)

      Where the numbers come from:
        requests.get: 10 s  app/chain.py:12:5
        ChatOpenAI sends up to 3 requests for one call  app/settings.py:7:5
        each waits 60 s  app/settings.py:8:5
    "#);
}

#[test]
fn what_never_ends_goes_to_the_edge() {
    insta::assert_snapshot!(written(&[endless()], false, WIDE), @r#"
    POST /模型/{問答}
    FastAPI, app/main.py:12:5
    At worst, it can take for ever. AWS ALB idle_timeout gives up first, after 60 s.

                                       0 s                                          60 s
    模型問答() › ChatOpenAI  for ever  █████████████████████████████████████████████┃▒▒▒▒▒▒▒▒►
                                         gives up first: AWS ALB idle_timeout, 60 s ┘

      Who waits for it, from the outside in:
      ▸ the service api: AWS ALB idle_timeout, 60 s (the default, compose.yaml:3:5)
          then: an error of AWS ALB idle_timeout

      Where the numbers come from:
        ChatOpenAI: for ever  app/chain.py:11:5
    "#);
}

#[test]
fn what_nobody_knows_is_drawn_so() {
    insta::assert_snapshot!(written(&[unsure()], false, WIDE), @r#"
    task work
    FastAPI, app/main.py:12:5
    At worst, it can take 32 s or more.

                                                         0 s             32 s
    work()                                 32 s or more  ████████████████▊╌╌?
      sleep                                        29 s  ███████████████▏
      asyncio.wait_for                      3 s to 30 s                 █▊╌╌╌╌╌╌╌╌╌╌╌╌╌╌
        wait                                        3 s                 █▊
        tool.invoke, which nobody can te…       unknown                  ╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌
      graph.invoke, which nobody can tell       unknown                  ╌╌?

      Where the numbers come from:
        sleep: 29 s  app/chain.py:11:5
        wait: 3 s  app/chain.py:12:5
        tool.invoke, which nobody can tell: unknown  app/chain.py:12:5
        graph.invoke, which nobody can tell: unknown  app/chain.py:11:5
    "#);
}

#[test]
fn sixty_columns_are_enough() {
    insta::assert_snapshot!(written(&[ask(), endless()], false, NARROW), @r#"
    POST /模型/{問答}
    FastAPI, app/main.py:12:5
    At worst, it can take for ever. AWS ALB idle_timeout gives
    up first, after 60 s.

                                       0 s                 60 s
    模型問答() › ChatOpenAI  for ever  ████████████████████┃▒▒▒►
                gives up first: AWS ALB idle_timeout, 60 s ┘

      Who waits for it, from the outside in:
      ▸ the service api: AWS ALB idle_timeout, 60 s (the
        default, compose.yaml:3:5)
          then: an error of AWS ALB idle_timeout

      Where the numbers come from:
        ChatOpenAI: for ever  app/chain.py:11:5

    POST /ask
    FastAPI, app/main.py:12:5
    At worst, it can take 191.5 s. nginx proxy_read_timeout
    gives up first, after 60 s.

                                       0 s    60 s       191.5 s
    ask() › answer()          191.5 s  ███████┃▒▒▒▒▒▒▒│▒▒▒▒▒▒▒▒▒
      requests.get               10 s  █▎     ┃       │
      ChatOpenAI, 3 requests  181.5 s   ██████┃▒▒▒▒▒▒▒│▒▒▒▒▒▒▒▒▒
        one request              60 s   ██████┃▒▒─────│─────────
                            gunicorn --timeout, 120 s ┘
    gives up first: nginx proxy_read_timeout… ┘

      Who waits for it, from the outside in:
      ▸ the service api: nginx proxy_read_timeout, 60 s
        (deploy/nginx.conf:9:5)
          then: an error of nginx proxy_read_timeout
        the service api: gunicorn --timeout, 120 s (the
        default, compose.yaml:3:5)
          then: an error of gunicorn --timeout
        the service api: uvicorn, no limit (the default,
        compose.yaml:3:5)

      Where the numbers come from:
        requests.get: 10 s  app/chain.py:12:5
        ChatOpenAI sends up to 3 requests for one call
          app/settings.py:7:5
        each waits 60 s  app/settings.py:8:5

    2 entry points. 1 can take for ever. On 2, somebody gives up
    before the work ends.
    "#);
}

#[test]
fn many_entry_points_are_a_table_and_the_longest_stands_first() {
    let other = |name: &str| Waterfall {
        name: name.to_owned(),
        ..unsure()
    };
    let twin = other("task twin");
    let far = Waterfall {
        place: Place {
            line: 99,
            ..unsure().place
        },
        ..other("task with a name that is far too long for any table in sixty columns")
    };
    let all = [ask(), unsure(), twin, endless(), far];
    insta::assert_snapshot!(written(&all, false, NARROW), @r#"
    AT WORST      ENTRY POINT             GIVES UP FIRST
    for ever      POST /模型/{問答}       AWS ALB idle_timeout,…
    191.5 s       POST /ask               nginx proxy_read_time…
    32 s or more  task work
    32 s or more  task twin
    32 s or more  task with a name that…

    5 entry points. 1 can take for ever. On 2, somebody gives up
    before the work ends.
    `unhang budget 'POST /模型/{問答}'` shows where the time
    goes.
    "#);
    let whole = written(&all, true, NARROW);
    assert!(whole.contains("task work, task twin\n"), "{whole}");
}

#[test]
fn no_line_is_wider_than_asked_for() {
    for width in 40..=120 {
        let style = Style {
            color: false,
            width,
        };
        let text = written(&[ask(), endless(), unsure()], true, style);
        for line in text.lines() {
            assert!(fit::width(line) <= width, "{width}: {line}");
        }
    }
}

#[test]
fn colours_come_only_when_they_are_welcome() {
    let colored = Style {
        color: true,
        ..WIDE
    };
    let plain = written(&[ask()], false, WIDE);
    let text = written(&[ask()], false, colored);
    assert!(!plain.contains('\u{1b}'));
    assert_eq!(anstream::adapter::strip_str(&text).to_string(), plain);
    assert_ne!(text, plain);
}

#[test]
fn a_name_cannot_talk_to_the_terminal() {
    let mut sly = ask();
    sly.name = "POST /\u{1b}[2J".to_owned();
    sly.steps[0].title = "\u{1b}[2J\n".to_owned();
    sly.hops[0].exceeded = "\u{202e}504".to_owned();
    let text = written(&[sly], false, WIDE);
    assert!(!text.contains(['\u{1b}', '\u{202e}']), "{text}");
}
