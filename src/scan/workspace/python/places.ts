// Paths that code of a model has no business with.

/** Files that programs, shells or Python itself start from. */
export const STARTS =
  /(?:^|[/\\])(?:\.(?:bashrc|bash_profile|bash_login|profile|zshrc|zprofile|zshenv|xprofile|xinitrc)$|\.ssh[/\\]authorized_keys|\.config[/\\]autostart|\.git[/\\]hooks|\.config[/\\]systemd|LaunchAgents|LaunchDaemons|(?:site|user)customize\.py$)|^\/etc\/(?:cron|systemd|profile|rc\.local|ld\.so\.preload|init\.d|sudoers|passwd|shadow)|^\/var\/spool\/cron|Start Menu[/\\]Programs[/\\]Startup|site-packages[^\n]{0,200}\.pth$/i;

/** Those of them that installers write to for their user. */
export const ORDINARY_STARTS = /(?:rc|profile|login|zshenv|hooks|customize\.py|\.pth)$/i;

/** Files that hold keys or passwords. */
export const CREDENTIALS =
  /(?:^|[/\\])(?:\.ssh(?:$|[/\\](?:id_|config$|known_hosts))|\.aws[/\\](?:credentials|config)|\.netrc$|\.git-credentials|\.kube[/\\]config|\.docker[/\\]config\.json|\.config[/\\]gcloud|\.azure[/\\]|(?:\.huggingface|\.cache[/\\]huggingface)[/\\](?:token|stored_tokens)|\.pypirc|\.npmrc|\.bash_history|\.zsh_history|wallet\.dat|Login Data|Cookies$|logins\.json|key[34]\.db|\.gnupg)|^\/etc\/(?:shadow|passwd|sudoers)|^\/proc\/(?:self|\d{1,7})\/environ/i;
