// Recipes as people write them: files with comments, presets, overrides, paths, schema, help.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/spec/recipe.h"

#include <QtTest>
#include <filesystem>

#include "core/base/files.h"
#include "tests/support/expect_error.h"

using namespace molt;
namespace fs = std::filesystem;

namespace {

/// A folder that MOLT_RESOURCES points at for the life of the object.
class FakeResources {
public:
    FakeResources() {
        fs::create_directory(folder_.path() / "presets");
        qputenv("MOLT_RESOURCES", QByteArray::fromStdString(folder_.path().string()));
    }
    ~FakeResources() { qunsetenv("MOLT_RESOURCES"); }
    fs::path add(const std::string& name, std::string_view text) {
        write_file(folder_.path() / name, text);
        return folder_.path() / name;
    }

private:
    TemporaryFolder folder_;
};

RunConfig two_stages() {
    return recipe_from_json(parse_json(R"({"teacher": "t", "stages": [{"data": "a.txt", "steps": 5},
                                           {"kind": "pretrain", "data": "b.txt", "steps": 6}]})",
                                       "test"),
                            "test");
}

std::string override_refused(RunConfig config, std::string_view text) {
    return expect_error(ErrorCode::BadConfig, [&] { apply_override(config, text); }).what();
}

}  // namespace

class TstRecipe : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void a_file_may_have_comments() {
        const TemporaryFolder folder;
        const fs::path file = folder.path() / "r.json";
        write_file(
            file, "// what it is for\n{\"name\": \"x\", // end\n \"stages\": [{\"data\": \"a.txt\", \"steps\": 1}]}\n");
        const RunConfig config = load_recipe(file);
        QCOMPARE(config.name, std::string("x"));
        QCOMPARE(config.stages.size(), std::size_t{1});
    }

    void errors_of_a_file_name_the_file_and_the_key() {
        const TemporaryFolder folder;
        const fs::path file = folder.path() / "r.json";
        write_file(file, R"({"stages": [{"data": "a.txt", "stepps": 1}]})");
        const std::string message = expect_error(ErrorCode::BadConfig, [&] { load_recipe(file); }).what();
        QVERIFY(message.find("r.json") != std::string::npos);
        QVERIFY(message.find("stages.0.stepps") != std::string::npos);
        QVERIFY(message.find("\"steps\"") != std::string::npos);
        write_file(file, "{\"name\": ");
        expect_error(ErrorCode::BadConfig, [&] { load_recipe(file); });
        expect_error(ErrorCode::NotFound, [&] { load_recipe(folder.path() / "none.json"); });
    }

    void overrides_reach_every_depth() {
        RunConfig config = two_stages();
        apply_override(config, "stages.0.steps=100");
        apply_override(config, "stages[1].learning_rate=1e-4");
        apply_override(config, "stages.1.data.limit=7");
        apply_override(config, "stages.0.data=c.txt");
        apply_override(config, "stages.0.trained=model.layers.*.mamba.*, lm_head.weight");
        apply_override(config, "stages.0.held_out=0.125");
        apply_override(config, "student.attention=0,3");
        apply_override(config, "name=a=b 5");
        apply_override(config, "deterministic=true");
        apply_override(config, "stages.0.kl_weight=0.5");
        QCOMPARE(config.stages[0].steps, 100);
        QCOMPARE(config.stages[1].learning_rate, 1e-4);
        QCOMPARE(config.stages[1].data.path, std::string("b.txt"));
        QCOMPARE(config.stages[1].data.limit, 7);
        QCOMPARE(config.stages[0].data.path, std::string("c.txt"));
        QCOMPARE(config.stages[0].trained.size(), std::size_t{2});
        QCOMPARE(config.stages[0].trained[1], std::string("lm_head.weight"));
        QCOMPARE(config.stages[0].held_out.share, 0.125);
        QVERIFY(config.student.attention.layers == (std::vector<std::int64_t>{0, 3}));
        QCOMPARE(config.name, std::string("a=b 5"));
        QVERIFY(config.deterministic);
        QCOMPARE(config.stages[0].distill.kl_weight, 0.5);
    }

    void whole_objects_can_be_set() {
        RunConfig config = two_stages();
        apply_override(config, R"(stages=[{"data": "z.txt", "steps": 9}])");
        QCOMPARE(config.stages.size(), std::size_t{1});
        apply_override(config, R"(student={"mixer": "mamba1"})");
        QCOMPARE(config.student.mixer, std::string("mamba1"));
        apply_override(config, R"(stages.0={"steps": 4})");
        QCOMPARE(config.stages[0].steps, 4);
        QCOMPARE(config.stages[0].data.path, std::string("z.txt"));
    }

    void wrong_overrides_say_what_is_wrong() {
        const RunConfig config = two_stages();
        QVERIFY(override_refused(config, "stages.0.stepz=1").find("steps") != std::string::npos);
        QVERIFY(override_refused(config, "stages.2.steps=1").find("stages.2") != std::string::npos);
        QVERIFY(override_refused(config, "stages.x.steps=1").find("stages.x") != std::string::npos);
        override_refused(config, "stages.steps=1");
        override_refused(config, "steps");
        override_refused(config, "=1");
        override_refused(config, "seed.x=1");
        override_refused(config, "seed=one");
        override_refused(config, "stages.1.kl_weight=1");
        override_refused(config, "stages.0.batch_size=0");
        override_refused(config, "student=mamba1");
        override_refused(config, "deterministic=yes");
        override_refused(config, std::string("name=caf\xE9"));
    }

    void presets_are_found_and_their_files_are_absolute() {
        FakeResources resources;
        const fs::path model = resources.add("teacher.bin", "x");
        resources.add("presets/small.json",
                      R"({"teacher": "resource:teacher.bin", "stages": [{"data": "mine.txt", "steps": 2}]})");
        resources.add("presets/another.json", R"({"stages": []})");
        QVERIFY(preset_names() == (std::vector<std::string>{"another", "small"}));
        const RunConfig config = load_preset("small");
        QCOMPARE(config.teacher, model.string());
        QCOMPARE(config.stages[0].data.path, std::string("mine.txt"));
        const Error error = expect_error(ErrorCode::Usage, [] { load_preset("smal"); });
        QVERIFY(error.hint().find("small") != std::string::npos);
        expect_error(ErrorCode::Usage, [] { load_preset("../presets/small"); });
    }

    void relative_paths_are_taken_from_the_base() {
        RunConfig config = two_stages();
        config.stages[0].held_out = {.path = "h.txt", .share = 0};
        config.out = "/abs/out";
        config.stages[1].data.path = "demo:100";
        resolve_paths(config, "/base/here");
        QCOMPARE(config.teacher, std::string("/base/here/t"));
        QCOMPARE(config.stages[0].data.path, std::string("/base/here/a.txt"));
        QCOMPARE(config.stages[0].held_out.path, std::string("/base/here/h.txt"));
        QCOMPARE(config.out, std::string("/abs/out"));
        QCOMPARE(config.stages[1].data.path, std::string("demo:100"));
        QCOMPARE(config.tokenizer, std::string());
        QCOMPARE(config.student.from, std::string());
    }

    void the_schema_says_what_the_reader_does() {
        const json schema = recipe_schema();
        QVERIFY(schema["$schema"] == "https://json-schema.org/draft/2020-12/schema");
        QVERIFY(schema["additionalProperties"] == false);
        QVERIFY(schema["required"] == json::parse(R"(["stages"])"));
        QVERIFY(schema["properties"]["device"]["enum"] == json::parse(R"(["auto", "cpu", "cuda"])"));
        QVERIFY(schema["properties"]["seed"]["type"] == "integer");
        const json& stages = schema["properties"]["stages"]["items"]["oneOf"];
        QCOMPARE(stages.size(), std::size(kStageChoices));
        for (const json& stage : stages) {
            const bool distil = stage["properties"]["kind"]["const"] == "distill";
            QCOMPARE(stage["properties"].contains("kl_weight"), distil);
            // distill is what a stage without a kind is.
            QCOMPARE(stage.contains("required"), !distil);
            QVERIFY(stage["properties"]["batch_size"]["minimum"] == 1);
            QVERIFY(stage["properties"]["batch_size"]["maximum"].is_number_integer());
        }
    }

    void help_is_found_by_key_group_and_last_part() {
        QVERIFY(explain_recipe().find("stages.learning_rate (Learning rate): number, 0 to 10; default 0.001") !=
                std::string::npos);
        QVERIFY(explain_recipe("stages.0.steps") == explain_recipe("stages.steps"));
        QVERIFY(explain_recipe("kl_weight").find("only distill") != std::string::npos);
        const std::string student = explain_recipe("student");
        QVERIFY(student.find("student.mixer") != std::string::npos);
        QVERIFY(student.find("one of mamba1, mamba2") != std::string::npos);
        QVERIFY(student.find("learning_rate") == std::string::npos);
        const Error error = expect_error(ErrorCode::Usage, [] { explain_recipe("lerning_rate"); });
        QVERIFY(error.hint().find("learning_rate") != std::string::npos);
    }
};

QTEST_GUILESS_MAIN(TstRecipe)
#include "tst_recipe.moc"
