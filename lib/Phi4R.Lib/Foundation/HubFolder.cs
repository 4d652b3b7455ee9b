namespace Phi4R.Foundation;

/// <summary>
/// Where the Hugging Face hub's own programs keep what they downloaded, so that models and data sets that are already
/// there are found.
/// </summary>
/// <remarks>Source: huggingface_hub's documentation, "Environment variables".</remarks>
public static class HubFolder
{
    /// <summary>
    /// HF_HUB_CACHE; else hub/ in HF_HOME; else huggingface/hub/ in XDG_CACHE_HOME; else the same in ~/.cache. What is
    /// set to nothing is not set.
    /// </summary>
    /// <param name="variable">Looks up an environment variable; null where it is not set.</param>
    public static string Cache(Func<string, string?> variable)
    {
        return Set("HF_HUB_CACHE")
            ?? Path.Combine(Set("HF_HOME")
                ?? Path.Combine(Set("XDG_CACHE_HOME") ?? Home(".cache"), "huggingface"), "hub");

        string? Set(string name) => variable(name) switch
        {
            null or "" => null,
            "~" => Home(""),
            ['~', '/', .. var rest] => Home(rest),
            { } folder => folder,
        };

        static string Home(string folder) =>
            Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), folder);
    }
}
