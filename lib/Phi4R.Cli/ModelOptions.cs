using System.CommandLine;
using System.Runtime.InteropServices;
using Phi4R.Foundation;
using Phi4R.Model;
using static TorchSharp.torch;

namespace Phi4R.Cli;

/// <summary>What the verbs that read a model have in common.</summary>
internal static class ModelOptions
{
    private const string OutOfMemory = "the memory that this process may have ran out. Take a smaller model, --dtype "
        + "bf16, shorter or fewer rows at a time, or a machine (or limit) with more.";

    public static Option<string> Model() =>
        new("--model")
        {
            Description = "Folder of a checkpoint, of a run (its last model) or of a stage of a run (such as "
                + "runs/pocket-seed1/rl), or the name of a downloaded model (owner/name).",
            Required = true,
        };

    public static Option<string?> Type()
    {
        var option = new Option<string?>("--dtype")
        {
            Description = "Weights in 32 bits (f32) or 16 (bf16); 16 where all are stored so, unless told otherwise.",
        };
        option.AcceptOnlyFromAmong("f32", "bf16");
        return option;
    }

    public static Option<string?> Rope()
    {
        var option = new Option<string?>("--rope")
        {
            Description = "LongRoPE's factors: those of the length (by-length), or always the long ones (long); what "
                + "the checkpoint was trained with, or by-length where it does not say.",
        };
        option.AcceptOnlyFromAmong("by-length", "long");
        return option;
    }

    public static ScalarType? Type(string? word) =>
        word switch { null => null, "bf16" => ScalarType.BFloat16, _ => ScalarType.Float32 };

    public static RopePolicy? Rope(string? word) => word is null ? null : RopePolicies.Parse(word);

    /// <summary>What the person can mend is one line, not a trace.</summary>
    public static int Clearly(string verb, Func<int> action)
    {
        try
        {
            return action();
        }
        catch (Exception problem) when (problem is InvalidDataException or ArgumentException or IOException
            or InvalidOperationException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine(TerminalText.Inert($"phi4r {verb}: {problem.Message}"));
            return 1;
        }
        catch (Exception problem) when (Memory(problem) is not null)
        {
            Console.Error.WriteLine($"phi4r {verb}: {Memory(problem)}");
            return 1;
        }
    }

    /// <summary>
    /// What to say where memory is too little or ran out, the runtime's or libtorch's; null where something else is
    /// wrong.
    /// </summary>
    public static string? Memory(Exception problem) => problem switch
    {
        InsufficientMemoryException => problem.Message,
        OutOfMemoryException => OutOfMemory,
        ExternalException when problem.Message.Contains("allocate", StringComparison.OrdinalIgnoreCase) => OutOfMemory,
        _ => null,
    };
}
