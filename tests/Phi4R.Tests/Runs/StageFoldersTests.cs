using System.Text.Json;
using Phi4R.Runs;

namespace Phi4R.Tests.Runs;

/// <summary>What a person may name where a model is wanted; folders of stages that hold a file each.</summary>
public sealed class StageFoldersTests
{
    private readonly string _run = Path.Combine(Project.Scratch(), "pocket-seed1");

    [Fact]
    public void A_run_means_its_last_model_and_a_stage_needs_no_hash()
    {
        Stage("sft", "1", hasModel: true);
        Stage("base", "2", hasModel: true);
        Stage("pairs", "3", hasModel: false);
        Assert.Equal((Folder("sft", "1"), "pocket-seed1/sft"), StageFolders.Resolve(_run));
        Assert.Equal((Folder("sft", "1"), "pocket-seed1/sft"), StageFolders.Resolve(_run + "/"));
        Assert.Equal((Folder("base", "2"), "pocket-seed1/base"), StageFolders.Resolve(Path.Combine(_run, "base")));

        // What is named whole stays what it is.
        Assert.Equal((Folder("base", "2"), "base-2"), StageFolders.Resolve(Folder("base", "2")));
    }

    [Fact]
    public void A_stage_that_is_not_there_is_answered_with_those_that_are()
    {
        Stage("sft", "1", hasModel: true);
        Stage("pairs", "3", hasModel: false);
        var error = Assert.Throws<FileNotFoundException>(() => StageFolders.Resolve(Path.Combine(_run, "pairs")));
        Assert.Contains("no finished model of a stage 'pairs'; it holds sft.", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Another_folder_is_taken_as_it_is()
    {
        Directory.CreateDirectory(_run);
        Assert.Equal((_run, "pocket-seed1"), StageFolders.Resolve(_run));
        Assert.Throws<FileNotFoundException>(() => StageFolders.Resolve(Path.Combine(_run, "rl")));
    }

    private string Folder(string stage, string hash) => Path.Combine(_run, $"{stage}-{hash}");

    private void Stage(string stage, string hash, bool hasModel)
    {
        var folder = Directory.CreateDirectory(Folder(stage, hash)).FullName;
        new StageManifest(stage, hash, JsonSerializer.SerializeToElement(new { Seed = 1 }), [], 1, []).Write(folder);
        if (hasModel)
        {
            File.WriteAllText(Path.Combine(folder, "model.safetensors"), "");
        }
    }
}
