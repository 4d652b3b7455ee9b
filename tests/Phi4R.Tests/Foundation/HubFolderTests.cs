using Phi4R.Foundation;

namespace Phi4R.Tests.Foundation;

public sealed class HubFolderTests
{
    private static readonly string Home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);

    // The four cases of huggingface_hub's documentation, and what stands over what.
    [Theory]
    [InlineData("", "~/.cache/huggingface/hub")]
    [InlineData("XDG_CACHE_HOME=/x", "/x/huggingface/hub")]
    [InlineData("HF_HOME=/h", "/h/hub")]
    [InlineData("HF_HUB_CACHE=/c", "/c")]
    [InlineData("HF_HOME=/h XDG_CACHE_HOME=/x", "/h/hub")]
    [InlineData("HF_HUB_CACHE=/c HF_HOME=/h XDG_CACHE_HOME=/x", "/c")]
    [InlineData("HF_HUB_CACHE= HF_HOME= XDG_CACHE_HOME=", "~/.cache/huggingface/hub")]
    [InlineData("HF_HOME=~/models", "~/models/hub")]
    [InlineData("HF_HUB_CACHE=~", "~")]
    public void The_cache_is_where_the_hub_documents_it(string variables, string expected)
    {
        var set = variables.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(one => one.Split('='))
            .ToDictionary(pair => pair[0], pair => pair[1]);
        Assert.Equal(expected.Replace("~", Home, StringComparison.Ordinal),
            Path.TrimEndingDirectorySeparator(HubFolder.Cache(set.GetValueOrDefault)));
    }
}
