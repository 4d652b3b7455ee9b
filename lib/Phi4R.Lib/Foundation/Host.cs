namespace Phi4R.Foundation;

/// <summary>
/// What a program that runs a reader's code, such as a notebook's kernel, offers to the library; in every other program
/// nothing.
/// </summary>
/// <remarks>
/// The offers stand in <see cref="AppContext"/> as delegates of the framework's own types, since such a program
/// runs another copy of this library than the reader's code does, or none. It may stop the reader's code by tearing
/// its thread away. Where native code has called managed code back, as libtorch calls the gradients of our own
/// functions, that would end the process: no exception passes native frames.
/// </remarks>
internal static class Host
{
    /// <summary>Names a <c>Func&lt;CancellationToken&gt;</c>: cancelled when the code that asks is to stop.</summary>
    public const string StopOffer = "Phi4R.Host.Stop";

    /// <summary>
    /// Names an <c>Action&lt;Action&gt;</c>: runs work that is neither torn away nor woken; throws before or after it
    /// where the code is to stop.
    /// </summary>
    public const string WholeOffer = "Phi4R.Host.Whole";

    /// <summary>
    /// Names an <c>Action&lt;bool&gt;</c>: told whether native code outside of such work may call back from now on.
    /// </summary>
    public const string CallbacksOffer = "Phi4R.Host.Callbacks";

    [ThreadStatic]
    private static int Depth;

    /// <summary>
    /// This token; where it is none, that of whoever runs this code: a notebook's cell stops at the reader's wish also
    /// where it passes none on.
    /// </summary>
    public static CancellationToken OrHosts(this CancellationToken cancel) =>
        cancel.CanBeCanceled ? cancel : Offer<Func<CancellationToken>>(StopOffer)?.Invoke() ?? cancel;

    /// <summary>
    /// Applies a function of ours by way of libtorch, which calls it back at once, and again when it is asked for
    /// gradients.
    /// </summary>
    public static Tensor Apply(Func<Tensor> apply)
    {
        Tensor? result = null;
        Whole(() =>
        {
            result = apply();
            if (result.requires_grad)
            {
                Offer<Action<bool>>(CallbacksOffer)?.Invoke(true);
            }
        });
        return result!;
    }

    /// <summary>Runs a backward pass, after which no gradient of what was applied is open.</summary>
    public static void Backward(Action pass) => Whole(() =>
    {
        pass();
        Offer<Action<bool>>(CallbacksOffer)?.Invoke(false);
    });

    /// <summary>
    /// Says that native code has called a gradient of ours, perhaps out of a reader's own backward pass; ends with the
    /// answer.
    /// </summary>
    public static CalledBack Called()
    {
        if (Depth == 0)
        {
            Offer<Action<bool>>(CallbacksOffer)?.Invoke(true);
        }

        Depth++;
        return default;
    }

    private static void Whole(Action work)
    {
        if (Depth == 0 && Offer<Action<Action>>(WholeOffer) is { } whole)
        {
            whole(() => Counted(work));
        }
        else
        {
            work();
        }
    }

    private static void Counted(Action work)
    {
        Depth++;
        try
        {
            work();
        }
        finally
        {
            Depth--;
        }
    }

    private static T? Offer<T>(string name)
        where T : class => AppContext.GetData(name) as T;

    /// <summary>Lasts while native code waits for a gradient.</summary>
    internal readonly struct CalledBack : IDisposable
    {
        public void Dispose() => Depth--;
    }
}
