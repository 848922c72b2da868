;;; emacs.el --- Emacs without a screen shows the diagnostics of the server -*- lexical-binding: t -*-

;; emacs --batch -l tests/editors/emacs.el        (Emacs 29, or 28 with the package eglot)
;;
;; `UNHANG' names the program, target/debug/unhang by default.

;;; Code:

(package-initialize)
(require 'eglot)
(require 'python)

(defconst program (expand-file-name (or (getenv "UNHANG") "target/debug/unhang")))

(defun await (what wanted)
  "Wait until WANTED gives something, which is returned; WHAT names it for people."
  (let ((until (+ (float-time) 30)) found)
    (while (not (setq found (funcall wanted)))
      (when (> (float-time) until)
        (message "emacs: no %s" what)
        (kill-emacs 1))
      (accept-process-output nil 0.05))
    found))

(defun shown ()
  "What Flymake shows in this buffer."
  (flymake-start)
  (flymake-diagnostics))

(let* ((folder (file-name-as-directory (make-temp-file "unhang" t)))
       (chain (expand-file-name "chain.py" folder))
       (project-find-functions (list (lambda (_) (cons 'transient folder)))))
  (write-region "" nil (expand-file-name "pyproject.toml" folder) nil 'quiet)
  (write-region (concat "from langchain_openai import ChatOpenAI\n\n"
                        "llm = ChatOpenAI(model=\"🦀\", timeout=None)\n"
                        "llm.invoke(\"hello\")\n")
                nil chain nil 'quiet)
  (add-to-list 'eglot-server-programs `(python-mode . (,program "server")))
  (find-file chain)
  (python-mode)
  (apply #'eglot (eglot--guess-contact))
  (let* ((all (await "diagnostic" #'shown))
         (first (car all))
         (marked (buffer-substring (flymake-diagnostic-beg first)
                                   (flymake-diagnostic-end first))))
    (message "shown: %s" (car (split-string (flymake-diagnostic-text first) "\n")))
    (unless (equal marked "timeout=None")
      (message "emacs: marked is `%s'" marked)
      (kill-emacs 1)))
  ;; A number instead of `None', as somebody types it.
  (goto-char (point-min))
  (search-forward "timeout=None")
  (replace-match "timeout=30")
  (run-hooks 'post-command-hook)
  (eglot--signal-textDocument/didChange)
  (await "end of the diagnostic" (lambda () (null (shown))))
  (message "emacs %s: all well" emacs-version)
  (set-buffer-modified-p nil)
  (delete-directory folder t)
  (kill-emacs 0))

;;; emacs.el ends here
