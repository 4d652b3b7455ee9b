using System.Text.Json;

namespace Phi4R.Tests.Reference;

/// <summary>Reference results of other programs, in data/fixtures.</summary>
internal static class Fixtures
{
    /// <summary>A file or folder of data/fixtures; a test whose fixture is not there fails.</summary>
    public static string Find(string path)
    {
        var found = Path.Combine(Project.Root, "data", "fixtures", path);
        return Path.Exists(found) ? found : throw new FileNotFoundException($"data/fixtures/{path} is not there.");
    }

    /// <summary>The records of a file of JSON lines in data/fixtures; never none.</summary>
    public static List<JsonElement> Lines(string path)
    {
        List<JsonElement> records = [.. File.ReadLines(Find(path))
            .Select(line => JsonDocument.Parse(line).RootElement)];
        return records.Count > 0 ? records : throw new InvalidDataException($"data/fixtures/{path} holds no record.");
    }

    public static JsonElement Json(string path)
    {
        using var json = JsonDocument.Parse(File.ReadAllBytes(path));
        return json.RootElement.Clone();
    }

    public static int[] Ids(this JsonElement array) => [.. array.EnumerateArray().Select(id => id.GetInt32())];

    /// <summary>A nested list of numbers as a tensor of 64-bit floats.</summary>
    public static Tensor Doubles(this JsonElement nested)
    {
        List<long> shape = [];
        for (var level = nested; level.ValueKind == JsonValueKind.Array; level = level[0])
        {
            shape.Add(level.GetArrayLength());
        }

        List<double> values = [];
        Add(nested);
        return tensor(values.ToArray()).view([.. shape]);

        void Add(JsonElement element)
        {
            if (element.ValueKind == JsonValueKind.Array)
            {
                foreach (var child in element.EnumerateArray())
                {
                    Add(child);
                }
            }
            else
            {
                values.Add(element.GetDouble());
            }
        }
    }
}
