# What a Perl server understood of a request.
use strict;
use warnings;

sub {
    my ($env) = @_;
    my $body = "";
    my $input = $env->{"psgi.input"};
    while ($input && (my $read = $input->read(my $piece, 65536))) { $body .= $piece }
    my $path = $env->{PATH_INFO};
    my ($host) = split /:/, lc($env->{HTTP_HOST} // "");
    $host = "" unless defined $host;
    $host =~ s/\.$//;
    my $guarded = $path eq "/admin" || index($path, "/admin/") == 0 || $host eq "secret.example";
    my $text = $guarded ? $ENV{MARK} : "seen";
    my $seen = join " ", $env->{REQUEST_METHOD}, $env->{HTTP_X_REQUEST_ID} // "-", length $body, unpack("H*", $path);
    return [200, ["X-Seen" => $seen, "Content-Type" => "text/plain", "Content-Length" => length $text], [$text]];
};
