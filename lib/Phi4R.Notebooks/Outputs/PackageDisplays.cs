using System.Collections.Concurrent;
using System.Reflection;
using Microsoft.DotNet.Interactive;
using Microsoft.DotNet.Interactive.Formatting;
using Shown = Microsoft.DotNet.Interactive.Formatting.DisplayedValue;

namespace Phi4R.Notebooks.Outputs;

/// <summary>Brings what code shows through the formatters' package to the cell that is running.</summary>
internal static class PackageDisplays
{
    private const string PackageOfKernels = "Microsoft.DotNet.Interactive";

    private static readonly Lock Installing = new();

    // Where the formatters' package keeps who is told of what is shown; null in versions that keep it otherwise.
    private static readonly FieldInfo? Told =
        typeof(Formatter).GetField("OnFormatterEvent", BindingFlags.Static | BindingFlags.NonPublic);
    private static readonly ConcurrentDictionary<string, bool> Known = [];
    private static IDisposable? Subscription;

    /// <summary>From now on, and nobody else shows it a second time.</summary>
    /// <remarks>
    /// The class of .NET Interactive's kernels subscribes when it is first used, such as by a package's extension, and
    /// writes to the console whatever is not shown by a kernel of its own.
    /// </remarks>
    public static void Install()
    {
        lock (Installing)
        {
            Subscription ??= Formatter.SubscribeToDisplayedValues(Show);
            if (Told?.GetValue(null) is Action<Shown> told && told.GetInvocationList().Any(IsOfKernels))
            {
                Told.SetValue(null, Delegate.Combine(
                    [.. told.GetInvocationList().Select(one => IsOfKernels(one) ? OutsideCells(one) : one)]));
            }
        }
    }

    private static bool IsOfKernels(Delegate one) =>
        one.Method.DeclaringType?.Assembly.GetName().Name == PackageOfKernels;

    private static Action<Shown> OutsideCells(Delegate one) => shown =>
    {
        if (KernelInvocationContext.Current is null)
        {
            ((Action<Shown>)one)(shown);
        }
    };

    private static void Show(Shown shown)
    {
        if (KernelInvocationContext.Current is not { } cell)
        {
            Formatter.WriteToConsole(shown);
        }
        else if (Known.TryAdd(shown.DisplayId, true))
        {
            // Also an update of what DisplayAs returned: the package gives that another id than what it showed.
            cell.Show(MimeBundle.Of(shown.FormattedValues), shown.DisplayId);
        }
        else
        {
            cell.Update(shown.DisplayId, MimeBundle.Of(shown.FormattedValues));
        }
    }
}
