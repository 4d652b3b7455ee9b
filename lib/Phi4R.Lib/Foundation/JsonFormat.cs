using System.Text.Json;

namespace Phi4R.Foundation;

/// <summary>
/// How records, recipes and manifests are written: indented, with names of enum values, and readable text.
/// </summary>
internal static class JsonFormat
{
    /// <summary>The options of every file that is one JSON document.</summary>
    public static JsonSerializerOptions Indented { get; } = new()
    {
        WriteIndented = true,
        Converters = { new NamedEnum() },
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };
}
