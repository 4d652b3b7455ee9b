using System.Text.Json;
using System.Text.Json.Nodes;
using Phi4R.Checkpoints;
using Phi4R.Data;
using Phi4R.Foundation;
using Phi4R.Model;
using Phi4R.Recipes;
using Phi4R.Training;

namespace Phi4R.Runs;

/// <summary>
/// What a recipe needs and a machine, or the recipe itself, may not have; looked at before anything starts.
/// </summary>
public static class RecipeNeeds
{
    private const int MostPerStep = 1_000_000;

    /// <summary>Each need with what was found; empty for a recipe that makes all it needs.</summary>
    public static IReadOnlyList<Finding> Of(Recipe recipe)
    {
        List<Finding> findings = [.. Rope(recipe), .. Sizes(recipe)];
        if (recipe.Files is not { } files)
        {
            return findings;
        }

        var folder = files.ModelFolder;
        findings.Add(Model(recipe, folder));
        if (files.Tokenizer == TokenizerKind.Released && folder is not null && Directory.Exists(folder))
        {
            findings.AddRange(ModelFolder.Check(folder)
                .Where(finding => finding.Subject is "tokenizer" or "chat template"));
        }

        findings.Add(DataFile("rollouts", files.Rollouts));
        findings.Add(DataFile("problems", files.Problems));
        findings.AddRange(files.Pairs is { } pairs ? [DataFile("pairs", pairs)] : []);
        findings.AddRange(files.Benchmarks.Select(file => DataFile("benchmark", file)));
        if (files.AcceleratorGigabytes > 0)
        {
            findings.Add(Accelerator(files.AcceleratorGigabytes));
            findings.Add(Memory(recipe));
        }

        return findings;
    }

    /// <summary>Checks that this machine has all that a recipe needs.</summary>
    /// <exception cref="InvalidDataException">
    /// Something is missing; the message lists all of it, and what to do.
    /// </exception>
    public static void Check(Recipe recipe)
    {
        var missing = Of(recipe).Where(finding => !finding.Fine).ToList();
        if (missing.Count > 0)
        {
            throw new InvalidDataException($"The recipe '{recipe.Name}' cannot start here; {missing.Count} of its "
                + "needs are not met:\n"
                + string.Join("\n",
                    missing.Select(finding => $"  {finding.Subject}: {finding.Found}. {finding.Advice}")));
        }
    }

    // By length, a batch is turned by one table or the other as its longest row is short or long: a short answer's
    // log-probability would depend on its neighbors.
    private static IEnumerable<Finding> Rope(Recipe recipe)
    {
        var longest = new[]
        {
            recipe.MidTraining.SequenceLength,
            recipe.Sft.MaxTokens,
            recipe.PreferenceData.MaxTokens,
            recipe.Grpo.MaxTokens,
        }.Max();
        if (recipe.Model is { RopePolicy: RopePolicy.ByLength, LongFactors: not null, OriginalMaxPositions: var limit }
            && longest > limit)
        {
            yield return new(
                "rope policy", $"Model.RopePolicy is ByLength, which changes tables above {limit} tokens, and stages "
                    + $"learn from up to {longest}", false,
                "Say \"RopePolicy\": \"AlwaysLong\", or keep every stage within that length: otherwise what a token's "
                    + "probability is depends on the batch it stands in.");
        }
    }

    // A length beyond the model's, or a step that no memory holds, would be found out by filling it.
    private static IEnumerable<Finding> Sizes(Recipe recipe)
    {
        var longest = recipe.Model.MaxPositions;
        (string Name, int Tokens)[] lengths =
        [
            ("Pretrain.SequenceLength", recipe.Pretrain?.SequenceLength ?? 0),
            ("MidTraining.SequenceLength", recipe.MidTraining.SequenceLength), ("Sft.MaxTokens", recipe.Sft.MaxTokens),
            ("PreferenceData.MaxTokens", recipe.PreferenceData.MaxTokens), ("Grpo.MaxTokens", recipe.Grpo.MaxTokens),
        ];
        (string Name, int Count)[] steps =
        [
            ("Pretrain.BatchSize", recipe.Pretrain?.BatchSize ?? 0),
            ("MidTraining.BatchSize", recipe.MidTraining.BatchSize), ("Sft.BatchSize", recipe.Sft.BatchSize),
            ("RolloutDpo.BatchSize", recipe.RolloutDpo.BatchSize), ("Grpo.PromptsPerStep", recipe.Grpo.PromptsPerStep),
        ];
        return lengths.Where(setting => setting.Tokens > longest)
            .Select(setting => new Finding("length", $"{setting.Name} is {setting.Tokens:N0}, and the model reads "
                + $"{longest:N0} tokens (Model.MaxPositions)", false, "Say a shorter one."))
            .Concat(steps.Where(setting => setting.Count > MostPerStep)
                .Select(
                    setting =>
                        new Finding("step", $"{setting.Name} is {setting.Count:N0}", false, $"{MostPerStep:N0} are "
                            + "the most; say fewer.")));
    }

    private static Finding Model(Recipe recipe, string? folder)
    {
        var advice = "Download the folder of the base model (microsoft/Phi-4-mini-instruct for lab and paper) and "
            + $"name it in {ModelFolder.Variable}.";
        if (folder is null)
        {
            return new("model", $"no folder is named, neither by the recipe nor by {ModelFolder.Variable}",
                false, advice);
        }

        if (!Directory.Exists(folder))
        {
            return new("model", $"{recipe.Files!.Model ?? folder} is neither a folder nor a downloaded model",
                false, advice);
        }

        try
        {
            var config = PretrainedModel.ReadConfig(folder);
            var unlike = Unlike(config, recipe.Model);
            return config.ParameterCount != recipe.Model.ParameterCount
                ? new("model", $"{folder} holds a model of {config.ParameterCount:N0} weights, and the recipe's has "
                    + $"{recipe.Model.ParameterCount:N0}", false, advice)
                : unlike.Count > 0 ? new("model", $"{folder} holds a model of the recipe's sizes with another "
                    + $"{string.Join(", ", unlike)}", false, "Say the folder's own values under \"Model\", or take "
                    + $"another folder. {advice}")
                : new("model", $"{config.ParameterCount / 1e9:F2} billion weights", true, "");
        }
        catch (Exception exception) when (exception is InvalidDataException or ArgumentException or IOException
            or UnauthorizedAccessException)
        {
            return new("model", exception.Message, false, advice);
        }
    }

    // Later stages are loaded with the recipe's settings, so they must be the folder's; the policy is checked where a
    // model is read, and fresh weights are used by neither.
    private static List<string> Unlike(ModelConfig found, ModelConfig wanted)
    {
        // Never used there.
        var shortFactors = wanted.RopePolicy == RopePolicy.AlwaysLong ? wanted.ShortFactors : found.ShortFactors;
        var (mine, theirs) = (Plain(wanted),
            Plain(found with
            {
                RopePolicy = wanted.RopePolicy,
                InitialDeviation = wanted.InitialDeviation,
                ShortFactors = shortFactors,
            }));
        return [.. mine.Where(setting => setting.Value?.ToJsonString() != theirs[setting.Key]?.ToJsonString())
            .Select(setting => $"{setting.Key} ({Short(theirs[setting.Key])}; the recipe has {Short(setting.Value)})")];

        static JsonObject Plain(ModelConfig config) =>
            JsonSerializer.SerializeToNode(config, JsonFormat.Indented)!.AsObject();

        static string Short(JsonNode? value) =>
            value?.ToJsonString() is { } text ? text.Length > 60 ? text[..60] + "\u2026" : text : "none";
    }

    private static Finding DataFile(string subject, string file)
    {
        string path;
        try
        {
            path = RecipeFiles.Place(file);
        }
        catch (Exception exception) when (exception is IOException or InvalidDataException)
        {
            return new(subject, exception.Message, false, "Download the data set, or name a file.");
        }

        if (subject == "rollouts" && Directory.Exists(path))
        {
            var parts = RolloutParts.Files(path);
            return parts.Count > 0 && RolloutParts.Read(path).Any()
                ? new(subject, $"{file}, {parts.Count} parts, "
                    + $"{parts.Sum(part => new FileInfo(part).Length) / 1e6:F1} MB", true, "")
                : new(subject, $"{path} has no rollouts", false, "Make them with phi4r import or phi4r "
                    + "distill.");
        }

        return File.Exists(path)
            ? new(subject, $"{file}, {new FileInfo(path).Length / 1e6:F1} MB", true, "")
            : new(subject, $"{file} is not there (looked for {path})", false, "Put it there, or name its folder in "
                + $"{RecipeFiles.DataVariable}; one JSON record a line, or what phi4r import made.");
    }

    // By adding up, for the longest rows of the stages that learn from text; what does not fit is for a person to see.
    private static Finding Memory(Recipe recipe)
    {
        var tokens = Math.Max((long)recipe.MidTraining.SequenceLength * recipe.MidTraining.MicroBatchSize,
            (long)recipe.Sft.MaxTokens * recipe.Sft.MicroBatchSize);
        var needed = TrainingMemory.Of(recipe.Model, recipe.Memory, tokens);
        return new("memory", $"training on {tokens:N0} tokens a pass is expected to take {needed.DeviceBytes / 1e9:F1} "
            + $"GB of the accelerator and {needed.HostBytes / 1e9:F1} GB of the host (one rank)", true, "");
    }

    private static Finding Accelerator(double gigabytes)
    {
        var wanted = $"an accelerator with {gigabytes:0} GB is needed";
        try
        {
            var device = Doctor.ChosenDevice();
            return device.type == DeviceType.CUDA
                ? new("accelerator", $"{device}; {wanted}", true, "")
                : new("accelerator", $"{wanted}, and this run would use the processor", false, "Set PHI4R_DEVICE=cuda "
                    + "on a machine that has one; environment/README.md says how to build for it.");
        }
        catch (InvalidOperationException exception)
        {
            return new("accelerator", $"{wanted}: {exception.Message}", false,
                "environment/README.md says how to build for CUDA.");
        }
    }
}
