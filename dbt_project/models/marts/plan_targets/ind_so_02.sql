{{ indicator_mart('SO-02', headline='grdp') }}
