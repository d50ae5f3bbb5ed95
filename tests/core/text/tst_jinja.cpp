// The Jinja interpreter: values, white space, scopes and bounds, against stated results and against jinja2.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/text/jinja.h"

#include "core/base/error.h"
#include "core/text/chat_template.h"
#include "tests/support/pyref.h"

#include <QtTest>

using namespace molt;
using namespace molt::testing;

namespace {

const json kVariables = {{"messages",
                          {{{"role", "system"}, {"content", " Be brief. "}},
                           {{"role", "user"}, {"content", "One <think>?\n"}},
                           {{"role", "assistant"}, {"content", "<think>\nhm\n</think>\n\nFirst."}},
                           {{"role", "user"}, {"content", "Two?"}}}},
                         {"add_generation_prompt", true},
                         {"bos_token", "<s>"},
                         {"eos_token", "</s>"},
                         {"tools", nullptr},
                         {"number", 7}};
const std::string kDate = "01 Jan 2031";

std::string rendered(const std::string& source) { return render_jinja(source, kVariables, kDate); }

ErrorCode refusal(const std::string& source) {
    try {
        rendered(source);
    } catch (const Error& error) {
        return error.code();
    }
    return ErrorCode::Internal;
}

/// Small templates, each about one rule of the language.
const std::vector<std::string> kSources = {
    "a {% if true %} b {% endif %} c",
    "a\n  {% if true %}\n  b\n  {% endif %}\n  c\n",
    "a\n  {%- if true -%}\n  b\n  {%- endif -%}\n  c\n\n",
    "a\n  {{ bos_token }}\n  {{- eos_token -}}\n b",
    "{# note #}\n a {#- note -#} b",
    "  {# note #}  {% if true %}x{% endif %}\ny",
    "{% if true %}\n\n{% endif %}\n z",
    "{% for m in messages %}{{ loop.index }}{{ loop.index0 }}{{ loop.first }}{{ loop.last }}{{ m.role }},{% endfor %}",
    "{% for m in messages if m.role == 'user' %}{{ loop.index }}{{ m['content'] | trim }};{% else %}none{% endfor %}",
    "{% for m in [] %}x{% else %}none{% endfor %}",
    "{% set x = 1 %}{% for m in messages %}{% set x = x + 1 %}{% endfor %}{{ x }}",
    "{% set ns = namespace(x=1) %}{% for m in messages %}{% set ns.x = ns.x + 1 %}{% endfor %}{{ ns.x }}",
    "{{ messages[0].content.strip() }}|{{ messages[-1]['content'] }}|{{ messages[1:3] | length }}|{{ "
    "messages[::-1][0].role }}",
    "{{ 'abcdef'[1:-1] }}{{ 'abc'[::-1] }}{{ [1,2,3][-2:] | join(',') }}{{ 'abc'[5:] }}",
    "{{ messages[2].content.split('</think>')[-1].lstrip('\\n') }}|{{ 'a,b,c'.split(',') | join('-') }}|{{ 'a b  "
    "c'.split() | join(',') }}",
    "{{ 1 + 2 * 3 - 4 }} {{ 7 // 2 }} {{ 7 % 3 }} {{ -7 // 2 }} {{ 7 / 2 }} {{ 'a' ~ 1 ~ none }}",
    "{{ 1 < 2 and not 2 < 1 }} {{ 'a' in 'abc' }} {{ 'role' in messages[0] }} {{ 5 not in [1, 2] }} {{ none or 'x' }}",
    "{{ 'yes' if number == 7 else 'no' }}{{ 'yes' if number != 7 }}",
    "{{ missing is defined }}{{ tools is none }}{{ tools is not none }}{{ number is string }}{{ messages is iterable "
    "}}",
    "{{ missing }}{{ missing | default('d') }}{{ '' | default('d', true) }}{{ messages[0].missing is undefined }}",
    "{{ true }} {{ none }} {{ 1.5 }} {{ [1, 'x'] | tojson }} {{ {'a': 1, 'b': [true, none]} | tojson }}",
    "{{ 'Hello World' | upper }}{{ 'Hello' | lower }}{{ 'hello world' | title }}{{ 'HELLO' | capitalize }}{{ "
    "'a-b'.title() }}",
    "{{ messages | selectattr('role', 'equalto', 'user') | list | length }}{{ messages | rejectattr('role', 'equalto', "
    "'user') | map(attribute='role') | join(',') }}",
    "{{ messages | first | length }}{{ (messages | last).role }}{{ 'abc'.startswith('a') }}{{ 'abc'.endswith('a') }}{{ "
    "'aXb'.replace('X', 'Y') }}",
    "{% for k, v in {'a': 1, 'b': 2}.items() %}{{ k }}={{ v }};{% endfor %}{{ {'a': 1}.get('b', 5) }}",
    "{% for i in range(3) %}{{ i }}{% endfor %}{% for i in range(5, 0, -2) %}{{ i }}{% endfor %}",
    "{% for m in messages %}{% if loop.index0 == 1 %}{% continue %}{% endif %}{% if loop.last %}{% break %}{% endif "
    "%}{{ m.role }}{% endfor %}",
    "{% if number == 1 %}a{% elif number == 7 %}b{% else %}c{% endif %}",
    "{% set a = 'x' %}{% if true %}{% set a = 'y' %}{% endif %}{{ a }}",
    "{{ strftime_now('%d %b %Y') if strftime_now is defined else 'never' }}",
    "{{ raise_exception('no') }}",
    "{{ 'a' + 1 }}",
    "{{ missing.attribute }}",
    "{{ \"it's\" + '\"q\"' + 'tab\\tend' }}",
    "{% for m in messages %}{{ loop.previtem.role if not loop.first }}>{{ loop.nextitem.role if not loop.last }} {% "
    "endfor %}",
    "{{ (1, 2)[1] }}{{ ('x') }}{{ [] | length }}{{ 'é' | length }}{{ not none }}",
    "{{ 'x' if false }}{{ 3 == 3.0 }}{{ '3' == 3 }}{{ 'b' > 'a' }}{{ -3 }}{{ +3 }}",
};

}  // namespace

class TstJinja : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void white_space_follows_the_blocks() {
        QCOMPARE(rendered("a\n  {% if true %}\n  b\n  {% endif %}\n  c\n"), std::string("a\n  b\n  c"));
        QCOMPARE(rendered("a\n  {%- if true -%}\n  b\n  {%- endif -%}\n  c"), std::string("abc"));
    }

    void loops_have_their_own_scope() {
        QCOMPARE(rendered("{% set x = 1 %}{% for m in messages %}{% set x = 9 %}{% endfor %}{{ x }}"),
                 std::string("1"));
        QCOMPARE(
            rendered("{% set ns = namespace(x=1) %}{% for m in messages %}{% set ns.x = 9 %}{% endfor %}{{ ns.x }}"),
            std::string("9"));
    }

    void raised_exceptions_differ_from_unknown_language() {
        QCOMPARE(refusal("{{ raise_exception('no') }}"), ErrorCode::Mismatch);
        for (const char* source :
             {"{% macro f() %}{% endmacro %}", "{{ f(1) }}", "{{ 1 | nofilter }}", "{% if x %}", "{{ 'a", "{% endif %}",
              "{{ }}", "{% for %}{% endfor %}", "{{ a ? b }}", "{{ 1 // 0 }}"}) {
            QCOMPARE(refusal(source), ErrorCode::BadFile);
        }
    }

    void work_is_bounded() {
        const std::string nested =
            "{% for a in range(500) %}{% for b in range(500) %}{% for c in range(500) %}x"
            "{% endfor %}{% endfor %}{% endfor %}";
        QCOMPARE(refusal(nested), ErrorCode::BadFile);
        QCOMPARE(refusal("{% set ns = namespace(x='xxxxxxxxxx') %}{% for a in range(400) %}{% set ns.x = ns.x + ns.x "
                         "%}{% endfor %}"),
                 ErrorCode::BadFile);
        QCOMPARE(
            refusal("{% set ns = namespace(x=[]) %}{% for a in range(400) %}{% set ns.x = [ns.x, ns.x] %}{% endfor %}"),
            ErrorCode::BadFile);
        QCOMPARE(refusal("{{ " + std::string(100'000, '(') + " }}"), ErrorCode::BadFile);
        QCOMPARE(refusal("{{ " + std::string(100'000, '-') + "1 }}"), ErrorCode::BadFile);
    }

    void texts_equal_those_of_jinja2() {
        const std::string program = python_with("jinja2");
        if (program.empty()) QSKIP("PyPI jinja2 is absent (build/pyref or MOLT_PYREF)");
        std::vector<std::string> sources = kSources;
        for (const auto& name : ChatTemplate::names()) sources.push_back(ChatTemplate::named(name).jinja());
        json cases = json::array();
        for (const auto& source : sources) cases.push_back({{"source", source}, {"variables", kVariables}});
        const json expected = ask_python(program, "jinja_reference.py", {}, {{"date", kDate}, {"cases", cases}});
        QCOMPARE(expected.size(), sources.size());
        for (std::size_t i = 0; i < sources.size(); ++i) {
            json ours;
            try {
                ours = rendered(sources[i]);
            } catch (const Error&) {
                ours = nullptr;
            }
            QVERIFY2(ours == expected[i],
                     (sources[i] + "\n ours " + ours.dump() + "\n jinja2 " + expected[i].dump()).c_str());
        }
    }
};

QTEST_GUILESS_MAIN(TstJinja)
#include "tst_jinja.moc"
