using System.Text.Json.Nodes;
using Json.Schema;
using Phi4R.Tests.House;

namespace Phi4R.Tests.Notebooks;

public sealed class DevContainerTests
{
    private static readonly Lazy<JsonSchema> Schema = new(() =>
        JsonSchema.FromFile(Path.Combine(Project.Root, "tests", "Phi4R.Tests", "Notebooks", "Schemas",
            "devContainer.base.schema.json")));

    [Theory]
    [InlineData(".devcontainer/devcontainer.json", "cpu")]
    [InlineData(".devcontainer/gpu/devcontainer.json", "cuda")]
    public void A_configuration_follows_the_published_schema_and_asks_for_its_device(string file, string device)
    {
        var json = Read(file);
        Assert.True(IsValid(json), file);
        Assert.Equal(device, (string?)json["containerEnv"]!["PHI4R_DEVICE"]);
        Assert.EndsWith("noble", (string?)json["image"], StringComparison.Ordinal); // Ubuntu 24.04
        Assert.Contains("ms-toolsai.jupyter",
            ((JsonArray)json["customizations"]!["vscode"]!["extensions"]!).Select(extension => (string?)extension));
        Assert.Contains(".nuget/packages", (string?)json["mounts"]![0], StringComparison.Ordinal);
    }

    // What the container tool itself lets pass without a word.
    [Theory]
    [InlineData("features", "3")]
    [InlineData("runArgs", "\"x\"")]
    [InlineData("hostRequirements", "{\"memory\": \"much\"}")]
    [InlineData("mounts", "[3]")]
    public void A_wrong_value_is_refused_by_the_schema(string key, string value)
    {
        var json = Read(".devcontainer/devcontainer.json");
        json[key] = JsonNode.Parse(value);
        Assert.False(IsValid(json));
    }

    [Fact]
    public void The_post_create_script_ends_with_a_kernel_that_notebooks_ask_for_by_name()
    {
        var home = Project.Scratch();
        var (code, text) = HouseTests.Bash($"XDG_DATA_HOME={home} JUPYTER_DATA_DIR= PHI4R_DEVICE=cpu "
            + $"PHI4R_RUNS={home}/runs bash .devcontainer/post-create.sh", seconds: 300);
        Assert.True(code == 0, text);
        var entry =
            JsonNode.Parse(File.ReadAllText(Path.Combine(home, "jupyter", "kernels", ".net-csharp", "kernel.json")))!;
        Assert.True(File.Exists((string?)entry["argv"]![0]));
        Assert.DoesNotContain("FAIL", text, StringComparison.Ordinal);
    }

    // A rebuilt container: the folder of the user is new and root's, the volume in it is not. The script stops where
    // sudo would run.
    [Fact]
    public void The_post_create_script_takes_over_a_folder_of_roots_around_a_volume_that_is_the_users()
    {
        var scratch = Project.Scratch();
        var (code, text) = HouseTests.Bash($$"""
            set -e
            cd {{scratch}}
            mkdir -p .devcontainer home/.nuget/packages tools
            cp {{Project.Root}}/.devcontainer/post-create.sh .devcontainer
            printf '#!/bin/sh\necho took over "$@"\nexit 9\n' > tools/sudo
            chmod -R 755 . && chmod 777 home/.nuget/packages && chmod 555 home/.nuget
            user=$([ "$(id -u)" != 0 ] || echo setpriv --reuid 65534 --regid 65534 --clear-groups)
            HOME={{scratch}}/home PATH={{scratch}}/tools:$PATH $user bash .devcontainer/post-create.sh
            """);
        Assert.Contains("took over chown", text, StringComparison.Ordinal);
        Assert.Equal(9, code);
    }

    private static JsonObject Read(string file) =>
        (JsonObject)JsonNode.Parse(File.ReadAllText(Path.Combine(Project.Root, file)))!;

    private static bool IsValid(JsonNode json) => Schema.Value.Evaluate(json).IsValid;
}
