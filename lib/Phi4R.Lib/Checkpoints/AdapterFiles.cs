using System.Text.Json;
using Phi4R.Foundation;
using Phi4R.Model;

namespace Phi4R.Checkpoints;

/// <summary>Files of low-rank adapters, laid out as PEFT lays them out.</summary>
public static class AdapterFiles
{
    private const string ConfigFile = "adapter_config.json";
    private const string MatricesFile = "adapter_model.safetensors";
    private const string Prefix = "base_model.model.";
    private static readonly JsonSerializerOptions Written = new() { WriteIndented = true };

    /// <summary>Puts adapters that <see cref="Save"/> wrote on a model.</summary>
    /// <exception cref="InvalidDataException">
    /// They are damaged or of a model of other sizes; the model is as it was.
    /// </exception>
    public static LowRankAdapters Read(LanguageModel model, string folder)
    {
        var adapters = new LowRankAdapters(model, ReadConfig(Path.Combine(folder, ConfigFile)));
        try
        {
            using var scope = NewDisposeScope();
            using var frozen = no_grad();
            using var file = new MappedTensors(Path.Combine(folder, MatricesFile));
            var expected = adapters.Matrices.ToDictionary(pair => Prefix + pair.Name, pair => pair.Weight,
                StringComparer.Ordinal);
            var stored = file.Tensors.ToDictionary(entry => entry.Name, StringComparer.Ordinal);
            List<string> faults =
            [
                .. expected.Keys.Except(stored.Keys).Select(name => $"missing {name}"),
                .. stored.Keys.Except(expected.Keys).Select(name => $"extra {name}"),
                .. stored.Values
                    .Where(entry => expected.TryGetValue(entry.Name, out var matrix)
                        && !matrix.shape.SequenceEqual(entry.Shape))
                    .Select(entry => $"{entry.Name} has shape [{string.Join(", ", entry.Shape)}], expected "
                        + $"[{string.Join(", ", expected[entry.Name].shape)}]"),
            ];
            if (faults.Count > 0)
            {
                throw new InvalidDataException($"{folder} does not fit the model: {Listing.Few(faults, "; ")}. Is it "
                    + "an adapter of another model?");
            }

            foreach (var (name, matrix) in expected)
            {
                Weights.AddNotFinite(faults, file, stored[name]);
                matrix.copy_(file.View(stored[name]));
            }

            Weights.RefuseNotFinite(faults, folder);

            return adapters;
        }
        catch
        {
            adapters.Dispose();
            throw;
        }
    }

    /// <summary>Writes adapteradapters.Config.json and adapter_model.safetensors.</summary>
    /// <param name="folder">Is made where it is missing.</param>
    public static void Save(LowRankAdapters adapters, string folder)
    {
        Directory.CreateDirectory(folder);
        SafeTensors.Write(Path.Combine(folder, MatricesFile),
            [.. adapters.Matrices.Select(pair => (Prefix + pair.Name, (Tensor)pair.Weight))]);
        AtomicFile.WriteText(Path.Combine(folder, ConfigFile), JsonSerializer.Serialize(
            new SortedDictionary<string, object?>(StringComparer.Ordinal)
            {
                ["base_model_name_or_path"] = null,
                ["bias"] = "none",
                ["fan_in_fan_out"] = false,
                ["inference_mode"] = true,
                ["init_lora_weights"] = true,
                ["lora_alpha"] = adapters.Config.Alpha,
                ["lora_dropout"] = 0.0,
                ["peft_type"] = "LORA",
                ["r"] = adapters.Config.Rank,
                ["target_modules"] = adapters.Modules,
                ["task_type"] = "CAUSAL_LM",
            },
            Written));
    }

    private static LoraConfig ReadConfig(string path)
    {
        try
        {
            using var json = JsonDocument.Parse(File.ReadAllBytes(OrdinaryFile.Checked(path)));
            return new LoraConfig
            {
                Rank = json.RootElement.GetProperty("r").GetInt32(),
                Alpha = json.RootElement.GetProperty("lora_alpha").GetDouble(),
            };
        }
        catch (Exception exception) when (exception is JsonException or KeyNotFoundException
            or InvalidOperationException or FormatException or ArgumentException)
        {
            throw new InvalidDataException($"{path} cannot be used: {exception.Message} Is it the configuration of a "
                + "LoRA adapter?", exception);
        }
    }
}
